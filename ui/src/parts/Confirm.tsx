import type { ReactNode } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useTexts } from "../i18n";
import { Button } from "./Button";

type Props = {
  isOpen: boolean;
  title: string;
  text: string;
  action: string;
  onAnswer: (yes: boolean) => void;
};

/** Ask before something that can't be taken back. */
export function Confirm({ isOpen, title, text, action, onAnswer }: Props) {
  const texts = useTexts();
  return (
    <Window isOpen={isOpen} onClose={() => onAnswer(false)} role="alertdialog">
      <Heading slot="title" className="text-lg font-semibold">
        {title}
      </Heading>
      <p className="text-soft">{text}</p>
      <div className="flex justify-end gap-2 pt-2">
        <Button autoFocus onPress={() => onAnswer(false)}>
          {texts.cancel}
        </Button>
        <Button kind="danger" onPress={() => onAnswer(true)}>
          {action}
        </Button>
      </div>
    </Window>
  );
}

type WindowProps = {
  isOpen: boolean;
  onClose: () => void;
  role?: "dialog" | "alertdialog";
  children: ReactNode;
};

export function Window({ isOpen, onClose, role = "dialog", children }: WindowProps) {
  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={(open) => !open && onClose()}
      isDismissable
      className="fixed inset-0 z-40 grid place-items-center bg-black/45 p-4"
    >
      <Modal className="card w-full max-w-md p-5 shadow-2xl">
        <Dialog role={role} className="flex flex-col gap-3 outline-none">
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
