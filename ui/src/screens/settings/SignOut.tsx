import { useMutation, useQueryClient } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import { endSession } from "../../api/session";
import { useTexts } from "../../i18n";
import { Button } from "../../parts/Button";
import { FailureLine } from "../../parts/Failure";
import { askForKey } from "../../state/key";

/** End the session; the page stays as it is if the server could not end it. */
export function SignOut() {
  const texts = useTexts();
  const client = useQueryClient();
  const out = useMutation({
    mutationFn: endSession,
    onSuccess: () => {
      client.clear();
      askForKey();
    },
  });
  return (
    <>
      <Button isDisabled={out.isPending} onPress={() => out.mutate()} className="self-start">
        <LogOut aria-hidden className="size-4" />
        {texts.signOut}
      </Button>
      {out.isError && <FailureLine error={out.error} />}
    </>
  );
}
