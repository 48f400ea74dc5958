/**
 * Every way in which our requests are meant to differ from those of the newest canfar, under the rules of
 * {@link ./differences.ts}.
 */
import type { Trait } from "./support/requests.ts"

export interface DeclaredRequests {
  readonly because: string
  readonly steps: ReadonlyArray<string>
  /** What only Python asks; `some` where we ask nothing at all. */
  readonly python: ReadonlyArray<string> | "some"
  /** What only we ask; `some` where Python asks nothing at all. */
  readonly ours: ReadonlyArray<string> | "some"
}

const differ = (
  because: string,
  steps: ReadonlyArray<string>,
  python: DeclaredRequests["python"],
  ours: DeclaredRequests["ours"]
): DeclaredRequests => ({ because, steps, python, ours })

const unsent = (because: string, ...steps: ReadonlyArray<string>) => differ(because, steps, "some", [])
const sent = (because: string, ...steps: ReadonlyArray<string>) => differ(because, steps, [], "some")

const image = "images.canfar.net/skaha/terminal:1.1.2"
const notebook = "images.canfar.net/skaha/base-notebook:latest"

/** The POST of one replica. */
const post = (name: string, number: number, count: number, what: string, type = "headless", variable = "") =>
  `POST /v1/session?name=${name}&image=${what}&type=${type}${variable}&env=REPLICA_ID=${number}&env=REPLICA_COUNT=${count}`

const firstAlone = "all replicas at once"

/** What we ask before each create that we send. */
export const beforeCreates = {
  because: "a create whose answer is lost is a failure, whether there is a session or not",
  line: "GET /v1/session"
}
const lookedUp = ["GET /v1/context", "GET /v1/repository"]
const twoWords = "`status=Succeeded` sent as is"

export const declaredRequests: ReadonlyArray<DeclaredRequests> = [
  differ(
    "cores and ram are flexible unless given (canfar)",
    ["create: with its own defaults"],
    [post("defaults", 1, 1, image)],
    [post("defaults-1", 1, 1, `${image}&cores=2&ram=4`)]
  ),
  differ(
    "`True` in a variable is `True`",
    ["create: a variable that is a boolean"],
    [post("boolean", 1, 1, image, "headless", "&env=FLAG=True")],
    [post("boolean", 1, 1, image, "headless", "&env=FLAG=true")]
  ),
  differ("cores and ram unchecked against the platform", ["create: three"], [], lookedUp),
  unsent('`create(kind="desktop-app")` is sent (canfar)', "create: a desktop app by itself"),
  differ(
    firstAlone,
    ["create: three notebooks too many"],
    [2, 3].map((number) => post(`third-${number}`, number, 3, notebook, "notebook")),
    []
  ),
  differ(
    firstAlone,
    ["create: three of which the first is refused"],
    [2, 3].map((number) => post(`three-${number}`, number, 3, image)),
    []
  ),
  differ(
    firstAlone,
    ["wrong token: three creates"],
    [1, 2, 3].map((number) => post(`two-${number}`, number, 3, image)),
    [...lookedUp, beforeCreates.line]
  ),
  // Without that list there is no create.
  differ(beforeCreates.because, ["wrong token: create"], [post("two", 1, 1, image)], [beforeCreates.line]),
  differ(
    beforeCreates.because,
    ["failure: a broken server, one create", "failure: a reset, one create"],
    [post("lost", 1, 1, image)],
    [beforeCreates.line]
  ),
  differ(
    beforeCreates.because,
    ["failure: a busy server, three creates"],
    [1, 2, 3].map((number) => post(`lost-${number}`, number, 3, image)),
    [beforeCreates.line]
  ),
  unsent(
    "names, variables unchecked",
    "create: a name with an underscore",
    "create: a name that ends in a hyphen",
    "create: an empty name",
    "create: a variable without a name"
  ),
  unsent(
    "cores and ram unchecked against the platform",
    "create: two of an untrusted image",
    "create: two with cores not on offer"
  ),
  differ(
    "image: at most three parts; `docker.io/ubuntu` gets a registry in front",
    ["create: an image with a host but no project"],
    [post("host", 1, 1, "images.canfar.net/docker.io/ubuntu:latest")],
    [post("host", 1, 1, "docker.io/ubuntu:latest")]
  ),
  unsent("empty parts in an image accepted", "create: an image with an empty part"),
  sent("at most 256 replicas (canfar)", "create: 300 replicas"),
  unsent(
    '`$`, `\\`, `"`, double blanks, `=` in variables are sent',
    "create: arguments that the platform breaks on",
    "create: a variable that the platform drops"
  ),
  sent(
    "kinds and statuses that are not on a list are a `ValidationError`",
    "fetch: a kind that does not exist",
    "fetch: running ones in lower case"
  ),
  sent('`fetch(kind="")` is an error (canfar)', "fetch: an empty kind", "fetch: an empty status"),
  sent(
    "`fetch(view=…)` knows `all` (skaha), or is gone (canfar)",
    "fetch: what everybody may see",
    "fetch: what everybody may see of a kind",
    "fetch: interactive ones"
  ),
  ...[
    ["fetch: succeeded ones", "Succeeded"] as const,
    ["fetch: completed ones", "Completed"] as const,
    ["fetch: failed ones", "Failed"] as const,
    ["fetch: ones with an error", "Error"] as const
  ].map(([step, status]) => differ(twoWords, [step], [`GET /v1/session?status=${status}`], ["GET /v1/session"])),
  differ(
    twoWords,
    [
      "destroy_with: a prefix while all are pending",
      "destroy_with: a prefix",
      "destroy_with: no match",
      "destroy_with: a prefix in capitals",
      "destroy_with: the end of a name",
      "destroy_with: completed ones by name",
      "wrong token: destroy_with"
    ],
    ["GET /v1/session?type=headless&status=Completed"],
    ["GET /v1/session?type=headless"]
  ),
  differ(
    twoWords,
    ["destroy_with: failed ones"],
    ["GET /v1/session?type=headless&status=Failed"],
    ["GET /v1/session?type=headless"]
  ),
  differ(
    twoWords,
    ["destroy_with: succeeded ones by name"],
    ["GET /v1/session?type=headless&status=Succeeded"],
    ["DELETE /v1/session/<plot-2>", "GET /v1/session?type=headless"]
  ),
  differ(
    '`destroy_with("a.b")` is a regular expression',
    ["destroy_with: a prefix with a dot"],
    ["DELETE /v1/session/<a-b>", "GET /v1/session?type=headless&status=Completed"],
    ["GET /v1/session?type=headless"]
  ),
  sent('`destroy_with("a.b")` is a regular expression', "destroy_with: a broken pattern"),
  unsent('`destroy_with("")` destroys everything', "destroy_with: an empty prefix"),
  unsent(
    "ids go into the path as they are",
    ...["info", "logs", "events"].flatMap((call) => [`${call}: an id that leaves the path`, `${call}: an empty id`]),
    "destroy: what is no id"
  ),
  sent("without a token, the certificate in `~/.ssl`", "no token: fetch", "no token: info"),
  unsent("canfar ignores unknown options", "settings: an unknown option"),
  sent("at most 128 requests at once (canfar)", "settings: 256 requests at once")
]

const form = "application/x-www-form-urlencoded"

/** In which headers our requests differ, wherever they are sent for the same purpose. */
export const declaredTraits: ReadonlyArray<Trait & { readonly because: string }> = [
  {
    because: "POST parameters in the URL",
    name: "parameters of POST",
    python: "the URL",
    ours: "the body"
  },
  { because: "POST parameters in the URL", name: "content-type", python: form, ours: `${form}; charset=UTF-8` },
  {
    because: "registry credentials on every request",
    name: "x-skaha-registry-auth",
    python: "YWxpY2U6czNjcmV0",
    ours: undefined
  },
  {
    because: "`Accept: application/json` for everything",
    name: "accept",
    python: "application/json",
    ours: "application/xml, text/xml"
  },
  {
    because: "`User-Agent: python-canfar/…`",
    name: "user-agent",
    python: "python-canfar/…",
    ours: "skaha-typescript/…"
  }
]
