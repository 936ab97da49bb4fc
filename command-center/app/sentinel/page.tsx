/** Sentinel: what was found, proposed, done? */
import type { Metadata } from "next";
import { Sentinel } from "@/features/sentinel/sentinel.tsx";

export const metadata: Metadata = { title: "Sentinel" };

export default function Page() {
  return <Sentinel />;
}
