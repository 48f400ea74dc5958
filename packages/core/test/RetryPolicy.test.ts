import {
  CertificateUnusable,
  ConnectionFailed,
  isUndone,
  RequestRefused,
  RequestTimeout,
  RetryPolicy,
  ServerBusy,
  SkahaError,
  type RetryOptions
} from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { everyError } from "./support/everyError.ts"

type Tag = SkahaError["_tag"]

/** What is certain after the error of that class in the list of all. */
const undone: Readonly<Record<Tag, boolean>> = {
  InvalidInput: true,
  ConfigurationInvalid: true,
  ConfigurationFileInvalid: true,
  ConfigurationFileUnusable: true,
  ConfigurationFileBusy: true,
  CredentialsMissing: true,
  CredentialsExpired: true,
  CredentialsRefused: true,
  CredentialsMisdirected: true,
  CertificateUnusable: true,
  Forbidden: true,
  SessionNotFound: true,
  SessionNotReady: true,
  SessionEnded: false,
  SessionAmbiguous: false,
  CreateUnknown: false,
  WaitTimedOut: false,
  QuotaReached: true,
  ResourceUnavailable: true,
  ImageNotTrusted: true,
  ImageNotPublic: true,
  // The one in the list is the platform's own.
  ServerBusy: true,
  ServerFailure: false,
  RequestRefused: true,
  RequestTimeout: false,
  // The one in the list was not sent.
  ConnectionFailed: true,
  ReplyUndecodable: false,
  FileUnwritable: false,
  WorkersFailed: false,
  ServerSelectionRequired: true,
  ServerUnknown: true,
  ServersNotFound: true,
  ProviderUnavailable: true,
  ProviderUnsuitable: true,
  ProviderRefused: true,
  LoginDenied: true,
  LoginExpired: true,
  ProviderUnknown: true,
  LoginRequired: true,
  ForceRequired: true,
  Cancelled: false
}

/** What is worth a repeat by default. */
const worthIt: ReadonlySet<string> = new Set([
  "ServerBusy",
  "ServerFailure",
  "RequestTimeout",
  "ConnectionFailed",
  "ProviderUnavailable",
  "ServersNotFound"
])

const place = { operation: "Sessions.create", method: "POST", path: "/skaha/v1/session" }

describe("isUndone", () => {
  it.each(everyError)("knows of %s", (tag, _code, _isRetryable, error) => {
    assert.strictEqual(isUndone(error), Reflect.get(undone, tag))
  })

  it.each<readonly [error: SkahaError, isUndone: boolean]>([
    [new ServerBusy({ ...place, status: 503 }), false],
    [new ServerBusy({ ...place, status: 429, retryAfter: 1 }), false],
    [new ServerBusy({ ...place, status: 503, refused: true }), true],
    [new ConnectionFailed({ ...place, origin: "https://a.example", reason: "r" }), false],
    [new ConnectionFailed({ ...place, origin: "https://a.example", reason: "r", lasting: true }), false],
    [new ConnectionFailed({ ...place, origin: "https://a.example", reason: "r", unsent: true }), true],
    [new RequestTimeout({ ...place, phase: "connect", limit: 1 }), true],
    [new RequestTimeout({ ...place, phase: "headers", limit: 1 }), false],
    [new RequestTimeout({ ...place, phase: "body", limit: 1 }), false],
    [new RequestTimeout({ ...place, phase: "total", limit: 1 }), false],
    [new RequestRefused({ ...place, status: 400 }), true],
    [new RequestRefused({ ...place, status: 302 }), true],
    [new RequestRefused({ ...place, status: 408 }), false],
    [new CertificateUnusable({ operation: "o", file: "/f", reason: "expired" }), true]
  ])("is told by the data of %s", (error, expected) => {
    assert.strictEqual(isUndone(error), expected)
    // Also in another thread or process.
    assert.strictEqual(isUndone(Schema.decodeSync(SkahaError)(Schema.encodeSync(SkahaError)(error))), expected)
  })
})

describe("RetryPolicy", () => {
  it("has a default for everything", () => {
    const { retryable: _, ...numbers } = RetryPolicy.make()
    assert.deepStrictEqual(numbers, {
      times: 5,
      delay: 0.5,
      longestDelay: 30,
      longestRetryAfter: 120,
      budget: 100
    })
    assert.strictEqual(RetryPolicy.none.times, 0)
  })

  it.each(everyError)("knows whether %s is worth it", (tag, _code, _isRetryable, error) => {
    assert.strictEqual(RetryPolicy.make().retryable(error), worthIt.has(tag))
  })

  it("does not repeat what will fail in the same way", () => {
    const untrusted = new ConnectionFailed({ ...place, origin: "https://a.example", reason: "r", lasting: true })
    assert.isFalse(RetryPolicy.make().retryable(untrusted))
  })

  it.each<readonly [options: RetryOptions, fields: ReadonlyArray<string>]>([
    [{}, []],
    [{ times: 0, delay: 0, longestDelay: 0, longestRetryAfter: 0, budget: 0 }, []],
    [{ times: -1 }, ["retry.times"]],
    [{ times: 0.5 }, ["retry.times"]],
    [{ times: NaN, budget: Infinity }, ["retry.times", "retry.budget"]],
    [{ budget: -1 }, ["retry.budget"]],
    [{ delay: -0.1 }, ["retry.delay"]],
    [{ longestDelay: NaN }, ["retry.longestDelay"]],
    [{ longestRetryAfter: Infinity, delay: NaN }, ["retry.delay", "retry.longestRetryAfter"]]
  ])("finds what is wrong in %j", (options, fields) => {
    const policy = RetryPolicy.make(options)
    for (let time = 0; time < 2; time++) {
      assert.deepStrictEqual(
        RetryPolicy.problemsOf(policy).map(({ field }) => field),
        fields
      )
    }
  })
})
