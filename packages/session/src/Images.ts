/**
 * The container images that a platform knows, and the registries it trusts.
 */
import { ImageReply, PlatformClient, RepositoryReply, type SkahaError } from "@skaha/core"
import * as EffectContext from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import { present } from "./internal/present.ts"

/** A container image. */
export interface Image {
  /** Its whole name, as `create` takes it. */
  readonly id: string
  /** The kinds it is made for, and any other label of its registry. */
  readonly types: ReadonlyArray<string>
  /** The digest of its content. */
  readonly digest?: string | undefined
}

/**
 * The container images that a platform knows.
 *
 * @example
 * ```ts
 * import { Images } from "@skaha/session"
 *
 * const notebooks = Images.use((images) => images.fetch("notebook"))
 * ```
 */
export class Images extends EffectContext.Service<
  Images,
  {
    /** The names of the public images, of one kind or of all. A kind the server does not know is refused by it. */
    readonly fetch: (kind?: string) => Effect.Effect<ReadonlyArray<string>, SkahaError>
    /** The public images with their kinds and digests. */
    readonly details: (kind?: string) => Effect.Effect<ReadonlyArray<Image>, SkahaError>
    /** The hosts of the registries that images may come from. */
    readonly repositoryHosts: Effect.Effect<ReadonlyArray<string>, SkahaError>
  }
>()("@skaha/session/Images") {
  static readonly make = Effect.gen(function* () {
    const client = yield* PlatformClient

    const list = (operation: string, kind: string | undefined) =>
      client.rows(
        { operation, method: "GET", path: "image", query: kind ? [["type", kind]] : [] },
        ImageReply,
        ({ id, types, digest }): Image => ({ id, types: types ?? [], ...present({ digest }) })
      )

    return Images.of({
      fetch: Effect.fn("Images.fetch")((kind?: string) =>
        Effect.map(list("Images.fetch", kind), (images) => images.map(({ id }) => id))
      ),
      details: Effect.fn("Images.details")((kind?: string) => list("Images.details", kind)),
      repositoryHosts: client
        .decode({ operation: "Images.repositoryHosts", method: "GET", path: "repository" }, RepositoryReply, (hosts) =>
          hosts.filter(Predicate.isString).filter((host) => host !== "")
        )
        .pipe(Effect.withSpan("Images.repositoryHosts"))
    })
  })

  static readonly layer: Layer.Layer<Images, never, PlatformClient> = Layer.effect(Images, Images.make)

  /** A mock: what is not given fails as unimplemented when it is called. */
  static readonly layerTest = (service: Partial<Images["Service"]>): Layer.Layer<Images> => Layer.mock(Images)(service)
}
