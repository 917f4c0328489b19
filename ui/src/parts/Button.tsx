import { forwardRef, type ReactNode } from "react";
import { Button as AriaButton, Tooltip, TooltipTrigger, type ButtonProps } from "react-aria-components";

type Kind = "primary" | "plain" | "quiet" | "danger";

const BASE =
  "inline-flex items-center justify-center gap-2 rounded-lg font-medium whitespace-nowrap " +
  "transition-colors disabled:opacity-50 select-none";

const KINDS: Record<Kind, string> = {
  primary: "bg-accent text-on-accent hover:brightness-110 data-[pressed]:brightness-95",
  plain: "border border-line bg-sheet text-ink hover:bg-sunk",
  quiet: "text-soft hover:bg-sunk hover:text-ink",
  danger: "bg-bad text-paper hover:brightness-110",
};

type Props = Omit<ButtonProps, "className" | "children"> & {
  kind?: Kind;
  size?: "normal" | "small";
  className?: string;
  children?: ReactNode;
};

export const Button = forwardRef<HTMLButtonElement, Props>(function Button(
  { kind = "plain", size = "normal", className = "", ...rest },
  ref,
) {
  const room = size === "small" ? "min-h-8 px-2.5 text-sm" : "min-h-10 px-4";
  return <AriaButton ref={ref} {...rest} className={`${BASE} ${KINDS[kind]} ${room} ${className}`} />;
});

type IconProps = Omit<Props, "children"> & { label: string; children: ReactNode };

/** A button with a picture only; its label is read out and shown when it is pointed at. */
export function IconButton({ label, kind = "quiet", className = "", children, ...rest }: IconProps) {
  return (
    <TooltipTrigger delay={500}>
      <AriaButton
        {...rest}
        aria-label={label}
        className={`${BASE} ${KINDS[kind]} size-9 shrink-0 ${className}`}
      >
        {children}
      </AriaButton>
      <Hint>{label}</Hint>
    </TooltipTrigger>
  );
}

export function Hint({ children }: { children: ReactNode }) {
  return (
    <Tooltip
      offset={6}
      className="rounded-md bg-ink px-2 py-1 text-xs text-paper shadow-lg"
    >
      {children}
    </Tooltip>
  );
}
