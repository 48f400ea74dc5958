/**
 * Container images with async/await.
 */
import { Images as ImageService } from "@skaha/session"
import * as Effect from "effect/Effect"
import type { CallOptions } from "./internal/callOptions.ts"
import { Client } from "./internal/Client.ts"
import type { SkahaPromise } from "./SkahaPromise.ts"

/** A container image, as the server lists it. */
export interface WireImage {
  readonly id: string
  readonly types: ReadonlyArray<string>
  readonly digest?: string | undefined
}

/**
 * The container images that a platform knows.
 *
 * @example
 * ```ts
 * import { Images } from "skaha"
 *
 * await using images = new Images({ token: "…" })
 * const notebooks = await images.fetch("notebook")
 * ```
 */
export class Images extends Client {
  /** The names of the public images, of one kind or of all. */
  fetch(kind?: string, options?: CallOptions): SkahaPromise<Array<string>> {
    return this.run(
      "Images.fetch",
      ImageService,
      (images) => Effect.map(images.fetch(kind), (names) => [...names]),
      options
    )
  }

  /** The public images with their kinds and digests. */
  details(kind?: string, options?: CallOptions): SkahaPromise<Array<WireImage>> {
    return this.run(
      "Images.details",
      ImageService,
      (images) => Effect.map(images.details(kind), (all) => [...all]),
      options
    )
  }

  /** The hosts of the registries that images may come from. */
  repositoryHosts(options?: CallOptions): SkahaPromise<Array<string>> {
    return this.run(
      "Images.repositoryHosts",
      ImageService,
      (images) => Effect.map(images.repositoryHosts, (hosts) => [...hosts]),
      options
    )
  }
}
