/**
 * Pages, which nobody has asked for.
 */
import type { TransportReply } from "../Transport.ts"

/** Whether a reply is a page. Nothing of the platform is: a proxy or a sign-in form stands in between. */
export const isPage = ({ "content-type": type }: TransportReply["headers"]): boolean =>
  type !== undefined && /^text\/html/i.test(type)
