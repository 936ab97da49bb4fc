/** Dashboard: is it well, what is it thinking about, what changed? */
import { Dashboard } from "@/features/dashboard/dashboard.tsx";

export default function Page() {
  return <Dashboard />;
}
