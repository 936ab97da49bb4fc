/** What stands at an address that is no page. */
import { Notice } from "@/components/state/panel-states.tsx";

export default function NotFound() {
  return (
    <Notice rows={20} title="There is no such page">
      The pages are in the menu; g and a letter leads to each of them.
    </Notice>
  );
}
