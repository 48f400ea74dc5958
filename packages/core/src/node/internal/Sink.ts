/**
 * Where the body of a reply goes that is not kept in memory.
 */

/** How it ended. */
export type SinkEnd =
  | { readonly _tag: "Done"; readonly bytes: number }
  | { readonly _tag: "Stopped" }
  /** The file cannot be written. */
  | { readonly _tag: "Unwritable"; readonly cause: Error }
  /** What came is not what it says it is. */
  | { readonly _tag: "Uninflatable"; readonly cause: Error }

/** Who brings a body, and is told how it goes. */
export interface SinkOwner {
  /** More may come, after {@link Sink.write} has said no. */
  sinkReady(): void
  /** It has ended, one way or the other, and nothing of it is open any more. The last thing that is told. */
  sinkEnded(end: SinkEnd): void
}

/** Takes a body in pieces. */
export interface Sink {
  /** Takes a piece; answers whether more may follow at once. */
  write(piece: Buffer): boolean
  /** All has come. */
  end(): void
  /** Nothing more comes, and what came is not all. */
  stop(): void
}
