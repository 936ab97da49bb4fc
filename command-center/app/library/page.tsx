/** Library: what do we know, and from whom? */
import type { Metadata } from "next";
import { Library } from "@/features/library/library.tsx";

export const metadata: Metadata = { title: "Library" };

export default function Page() {
  return <Library />;
}
