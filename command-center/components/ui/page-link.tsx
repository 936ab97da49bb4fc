/**
 * A link to another page of ours. On a host that finds pages by the names of their files only, the link shows that name,
 * so that it also works in a new tab; a plain click still goes there without loading anything anew.
 */
"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import type { ComponentProps } from "react";
import { useChoice } from "@/lib/queries.ts";
import { fileAddress } from "@/lib/url-state.ts";

export interface PageLinkProps extends Omit<ComponentProps<typeof Link>, "href" | "prefetch" | "onNavigate"> {
  /** A path of ours, with its query. */
  readonly href: string;
}

export function PageLink({ href, ...rest }: PageLinkProps) {
  const router = useRouter();
  const asFile = useChoice().data?.fileAddresses ?? false;
  if (!asFile) return <Link href={href} prefetch={false} {...rest} />;
  return (
    <Link
      href={fileAddress(href)}
      prefetch={false}
      onNavigate={(event) => {
        event.preventDefault();
        router.push(href);
      }}
      {...rest}
    />
  );
}
