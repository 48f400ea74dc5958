/**
 * What the threads say to each other.
 */
import {
  CertificateUnusable,
  ConfigurationInvalid,
  ConnectionFailed,
  CredentialsMisdirected,
  FileUnwritable,
  RequestTimeout,
  WorkersFailed,
  type Settings,
  type TransportReply,
  type TransportRequest
} from "@skaha/core"
import type { Network } from "@skaha/core/node"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as Rpc from "effect/rpc/Rpc"
import * as RpcGroup from "effect/rpc/RpcGroup"
import * as Transferable from "effect/workers/Transferable"

/** What a worker is told first: where the platform is, and how connections are made. */
export interface Setup {
  readonly settings: Omit<Settings["Service"], "registry">
  readonly network: Omit<Network, "proxy"> & { readonly proxy: string | false | undefined }
}

/** A certificate, with its key, as it can be sent to another thread. */
export interface PlainCertificate {
  readonly chain: string
  readonly key: string
}

/** A request for a worker. */
export interface Errand {
  /** Which one it is, of those of its worker. */
  readonly number: number
  readonly request: TransportRequest
  /** The certificate to show from now on; absent while it is that of the last time. */
  readonly certificate?: PlainCertificate
}

/** What a worker gives of a body: text, or the bytes of a large one, which change hands without being copied. */
export type Body = string | Uint8Array<ArrayBuffer>

/** A reply from a worker. */
export type Answer = Omit<TransportReply, "body"> & { readonly body: Body }

const unchanged = { decode: SchemaGetter.passthrough<unknown>(), encode: SchemaGetter.passthrough<unknown>() }

/** Data of a known type that one thread hands to another as it is: there is nothing to turn it into. */
const plain = <A extends object>() =>
  Schema.declare((data): data is A => Predicate.isObject(data), {
    toCodecJson: () => Schema.link<unknown>()(Schema.Any, unchanged)
  })

/** What a worker can be asked. */
export const Protocol = RpcGroup.make(
  /** To get ready. */
  Rpc.make("start", { payload: plain<Setup>(), error: ConfigurationInvalid }),
  /** To send a request. */
  Rpc.make("send", {
    payload: plain<Errand>(),
    success: Transferable.schema(plain<Answer>(), ({ body }) => (Predicate.isString(body) ? [] : [body.buffer])),
    error: Schema.Union([
      RequestTimeout,
      ConnectionFailed,
      CredentialsMisdirected,
      CertificateUnusable,
      FileUnwritable,
      WorkersFailed
    ])
  }),
  /** To show that it is not stuck. */
  Rpc.make("ping"),
  /** To say when a request that was given up has come to its end there, with all files closed. */
  Rpc.make("settle", { payload: plain<Pick<Errand, "number">>() })
)
