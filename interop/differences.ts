/**
 * Every way in which our results are meant to differ from those of a Python client. A difference that is not here fails
 * the comparison, and so does one that is here and does not occur. `because` is the row of docs/compatibility.md that
 * explains it, by its first column.
 */
import type { Json } from "./scenario/Step.ts"
import type { Difference, SameError } from "./support/difference.ts"

export type ClientName = "skaha Session" | "skaha AsyncSession" | "canfar Session" | "canfar AsyncSession"

/** The same difference in several steps of several clients. */
export interface Declared extends Difference {
  readonly because: string
  readonly clients: ReadonlyArray<ClientName>
  readonly steps: ReadonlyArray<string>
}

const skaha = ["skaha Session", "skaha AsyncSession"] as const
const canfar = ["canfar Session", "canfar AsyncSession"] as const
const everyone = [...skaha, ...canfar] as const
const sync = ["skaha Session", "canfar Session"] as const
const async = ["skaha AsyncSession", "canfar AsyncSession"] as const

const gives = (value: Json) => ({ gives: value })
const raises = (name: string, status?: number) => ({ raises: name, ...(status === undefined ? {} : { status }) })

const invalid = raises("InvalidInput")
const refused = raises("CredentialsRefused", 401)

/** Only where one gives something and the other raises there is no key to name: `at` is empty. */
const differ = (
  because: string,
  clients: ReadonlyArray<ClientName>,
  steps: string | ReadonlyArray<string>,
  python: Json | undefined,
  ours: Json | undefined,
  at = ""
): Declared => ({ because, clients, steps: typeof steps === "string" ? [steps] : steps, python, ours, at })

const creating: ReadonlyArray<Declared> = [
  differ("`create` names", canfar, "create: with its own defaults", "<defaults>", "<defaults-1>", "gives[0]"),
  differ("`create` names", canfar, "create: with its own defaults", "defaults", "defaults-1", "made[0].name"),
  ...[["ram", "4.29"] as const, ["cores", "2"] as const].map(([key, ours]) =>
    differ(
      "cores and ram are flexible unless given (canfar)",
      canfar,
      "create: with its own defaults",
      "flexible",
      ours,
      `made[0].${key}`
    )
  ),
  differ(
    "`create(cores=None)`",
    skaha,
    "create: a flexible notebook",
    raises("ValidationError"),
    gives(["<flexible-1>"])
  ),
  differ("at most 256 replicas (canfar)", canfar, "create: 300 replicas", raises("ValidationError"), gives([])),
  differ(
    "skaha knows no `contributed` sessions",
    skaha,
    "create: a contributed",
    raises("ValidationError"),
    gives(["<marimo-1>"])
  ),
  differ(
    "skaha knows no `contributed` sessions",
    skaha,
    "create: beyond the limit",
    raises("ValidationError"),
    gives([])
  ),
  differ(
    '`create(kind="desktop-app")` is sent (canfar)',
    canfar,
    "create: a desktop app by itself",
    gives([]),
    invalid
  ),
  differ(
    "`True` in a variable is `True`",
    everyone,
    "create: a variable that is a boolean",
    "FLAG=True",
    "FLAG=true",
    "made[0].env[0]"
  ),
  ...(["short", "untagged"] as const).flatMap((name) => {
    const step = name === "short" ? "create: a short image" : "create: a short image without tag"
    return [
      differ("skaha sends an image as it is", skaha, step, [], [`<${name}-1>`], "gives"),
      differ("skaha sends an image as it is", skaha, step, [], [`<${name}-1>`], "made")
    ]
  }),
  differ("skaha sends an image as it is", skaha, "create: an image of one part", gives([]), invalid),
  differ("empty parts in an image accepted", everyone, "create: an image with an empty part", gives([]), invalid),
  differ(
    "names, variables unchecked",
    everyone,
    ["create: a name with an underscore", "create: an empty name", "create: a variable without a name"],
    gives([]),
    invalid
  ),
  differ("names, variables unchecked", skaha, "create: a name that ends in a hyphen", gives(["<hyphen--1>"]), invalid),
  differ("names, variables unchecked", canfar, "create: a name that ends in a hyphen", gives([]), invalid),
  differ(
    '`$`, `\\`, `"`, double blanks, `=` in variables are sent',
    everyone,
    "create: arguments that the platform breaks on",
    gives([]),
    invalid
  ),
  ...[[skaha, "<equals-1>"] as const, [canfar, "<equals>"] as const].map(([clients, id]) =>
    differ(
      '`$`, `\\`, `"`, double blanks, `=` in variables are sent',
      clients,
      "create: a variable that the platform drops",
      gives([id]),
      invalid
    )
  ),
  differ(
    "cores and ram unchecked against the platform",
    everyone,
    ["create: two of an untrusted image", "create: two with cores not on offer"],
    gives([]),
    invalid
  )
]

const all = ["<desk>", "<done>", "<broken>", "<busy>", "<lab>"]
const notOnAList = "kinds and statuses that are not on a list are a `ValidationError`"
const twoWords = "`status=Succeeded` sent as is"
const view = "`fetch(view=…)` knows `all` (skaha), or is gone (canfar)"

const listing: ReadonlyArray<Declared> = [
  differ(notOnAList, everyone, "fetch: a kind that does not exist", raises("ValidationError"), gives([])),
  differ(notOnAList, skaha, "fetch: desktop apps", raises("ValidationError"), gives([])),
  differ(
    "skaha knows no `contributed` sessions",
    skaha,
    "fetch: contributed ones",
    raises("ValidationError"),
    gives([])
  ),
  differ(
    notOnAList,
    everyone,
    "fetch: running ones in lower case",
    raises("ValidationError"),
    gives(["<desk>", "<busy>", "<lab>"])
  ),
  differ(notOnAList, skaha, "fetch: completed ones", raises("ValidationError"), gives(["<done>"])),
  differ(notOnAList, skaha, "fetch: failed ones", raises("ValidationError"), gives(["<broken>"])),
  differ(twoWords, everyone, "fetch: succeeded ones", [], ["<done>"], "gives"),
  differ(twoWords, everyone, "fetch: ones with an error", [], ["<broken>"], "gives"),
  differ(
    '`fetch(kind="")` is an error (canfar)',
    canfar,
    ["fetch: an empty kind", "fetch: an empty status"],
    raises("ValidationError"),
    gives(all)
  ),
  differ(
    view,
    canfar,
    "fetch: what everybody may see",
    raises("TypeError"),
    gives(["desktop", "headless", "headless", "headless", "notebook"])
  ),
  differ(
    view,
    canfar,
    "fetch: what everybody may see of a kind",
    raises("TypeError"),
    gives(["headless", "headless", "headless"])
  ),
  differ(view, skaha, "fetch: interactive ones", raises("ValidationError"), gives(["<desk>", "<lab>"])),
  differ(view, canfar, "fetch: interactive ones", raises("TypeError"), gives(["<desk>", "<lab>"]))
]

const leaves = "ids go into the path as they are"
const repository = '["images.canfar.net"]'
const verbose = "`verbose=True` goes to a logger that is off"
const once = "skaha's async `logs(verbose=True)` prints one text only, and gives `{}` for none"

const details: ReadonlyArray<Declared> = [
  differ(leaves, sync, "info: an id that leaves the path", gives([["images.canfar.net"]]), invalid),
  differ(leaves, async, "info: an id that leaves the path", gives([]), invalid),
  differ(leaves, everyone, "logs: an id that leaves the path", gives({ "../repository": repository }), invalid),
  differ(leaves, everyone, "events: an id that leaves the path", gives([{ "../repository": repository }]), invalid),
  differ(leaves, everyone, "info: an empty id", gives(["<desk>"]), invalid),
  differ(leaves, everyone, "logs: an empty id", gives({}), invalid),
  differ(leaves, everyone, "events: an empty id", gives([]), invalid),
  differ(leaves, everyone, "destroy: what is no id", gives({ "not an id": true }), invalid),
  differ(verbose, everyone, "events: one, verbose", [], ["done"], "printed"),
  differ(verbose, everyone, "events: two, verbose", [], ["done", "busy"], "printed"),
  differ(verbose, canfar, "logs: one, verbose", [], ["done"], "printed"),
  differ(verbose, canfar, "logs: two, verbose", [], ["done", "busy"], "printed"),
  differ(once, ["skaha AsyncSession"], "logs: two, verbose", ["done"], ["done", "busy"], "printed"),
  differ(once, ["skaha AsyncSession"], "logs: none, verbose", {}, null, "gives")
]

const nothing = '`destroy_with("")` destroys everything'
const pattern = '`destroy_with("a.b")` is a regular expression'
const tabs = "`connect` opens browser tabs"
const lab = "http://platform/session/notebook/<lab>/lab/tree/cavern/home/alice?token=<lab>"
const desk = "http://platform/session/desktop/<desk>/?password=<desk>&path=session/desktop/<desk>/"
const chart = "http://platform/session/carta/<chart>/"

const ending: ReadonlyArray<Declared> = [
  differ(twoWords, skaha, "destroy_with: a prefix", undefined, true, "gives.<fit-a>"),
  differ(twoWords, skaha, "destroy_with: a prefix", undefined, true, "gives.<fit-b>"),
  differ(twoWords, skaha, "destroy_with: a prefix", [], ["<fit-a>", "<fit-b>"], "gone"),
  differ(twoWords, everyone, "destroy_with: succeeded ones by name", undefined, true, "gives.<plot-2>"),
  differ(twoWords, everyone, "destroy_with: succeeded ones by name", [], ["<plot-2>"], "gone"),
  differ(notOnAList, skaha, "destroy_with: failed ones", raises("ValidationError"), gives({ "<fit-c>": true })),
  differ(
    notOnAList,
    skaha,
    "destroy_with: completed ones by name",
    raises("ValidationError"),
    gives({ "<plot-1>": true })
  ),
  differ(pattern, canfar, "destroy_with: a prefix with a dot", true, undefined, "gives.<a-b>"),
  differ(pattern, canfar, "destroy_with: a prefix with a dot", ["<a-b>"], [], "gone"),
  differ(pattern, canfar, "destroy_with: a broken pattern", raises("ValueError"), gives({})),
  differ(nothing, skaha, "destroy_with: an empty prefix", gives({}), invalid),
  differ(nothing, canfar, "destroy_with: an empty prefix", gives({ "<plot-2>": true, "<xplot-3>": true }), invalid),
  differ(tabs, canfar, "connect: one", null, { "<lab>": lab }, "gives"),
  differ(tabs, canfar, "connect: several", null, { "<lab>": lab, "<desk>": desk, "<chart>": chart }, "gives"),
  differ(
    tabs,
    canfar,
    [
      "connect: a pending one",
      "connect: a headless one",
      "connect: an unknown one",
      "connect: none",
      "failure: a busy server, connect"
    ],
    null,
    {},
    "gives"
  )
]

const swallowed = "failed credentials are swallowed"
const byNumber = "the failures of a create are told by number (canfar)"
const noJson = "`Session`: one reply that is no JSON fails the call for all"
const makesNoSense = "an availability that makes no sense is `False` (canfar) or a crash (skaha)"

const failing: ReadonlyArray<Declared> = [
  differ(
    "rows are not looked at",
    everyone,
    "failure: a row without an id",
    ["headless", "abcd1234"],
    ["abcd1234"],
    "gives"
  ),
  differ(noJson, sync, "failure: a page, info", raises("JSONDecodeError"), gives([])),
  ...["1", "2"].flatMap((number) => {
    const step = "failure: a broken server, two creates, raising"
    return [
      differ(byNumber, canfar, step, raises("HTTPStatusError", 500), undefined, `failures.${number}`),
      differ(byNumber, canfar, step, undefined, raises("ServerFailure", 500), `failures.lost-${number}`)
    ]
  }),
  differ(
    swallowed,
    everyone,
    ["wrong token: info", "wrong token: events", "wrong token: create", "wrong token: three creates"],
    gives([]),
    refused
  ),
  differ(swallowed, everyone, "wrong token: logs", gives({}), refused),
  differ(swallowed, everyone, "wrong token: destroy", gives({ "<one>": false }), refused),
  differ(swallowed, canfar, "wrong token: renew", gives({ "<one>": false }), refused),
  ...[
    ["raises", "SessionRequestError", "CredentialsRefused"] as const,
    ["status", undefined, 401] as const,
    ["operation", "info", undefined] as const,
    ["results", [], undefined] as const,
    ["failures.<one>", raises("HTTPStatusError", 401), undefined] as const
  ].map(([at, python, ours]) => differ(swallowed, canfar, "wrong token: info, raising", python, ours, at)),
  ...[[skaha, "FileNotFoundError"] as const, [canfar, "AuthRequiredError"] as const].flatMap(([clients, name]) => {
    const because = "without a token, the certificate in `~/.ssl`"
    const steps = ["no token: fetch", "no token: info"]
    return [
      differ(because, clients, steps, name, "CredentialsMissing", "raises"),
      differ(because, clients, steps, undefined, 400, "status")
    ]
  }),
  differ(
    "canfar ignores unknown options",
    canfar,
    "settings: an unknown option",
    gives([]),
    raises("ConfigurationInvalid")
  ),
  differ(
    "at most 128 requests at once (canfar)",
    canfar,
    "settings: 256 requests at once",
    raises("ValidationError"),
    gives([])
  ),
  differ(
    "`Images.details` fails for one image without digest",
    canfar,
    "images: one without digest",
    raises("ValidationError"),
    gives(["images.canfar.net/skaha/terminal:1.1.2", "images.canfar.net/skaha/bare:1"])
  ),
  differ(
    "an availability without a note is a crash (skaha)",
    skaha,
    "overview: without a note",
    raises("AttributeError"),
    gives(true)
  ),
  differ(makesNoSense, skaha, "overview: without a word", "AttributeError", "ReplyUndecodable", "raises"),
  differ(makesNoSense, skaha, "overview: an empty reply", "ParseError", "ReplyUndecodable", "raises"),
  differ(
    makesNoSense,
    canfar,
    ["overview: without a word", "overview: an empty reply"],
    gives(false),
    raises("ReplyUndecodable")
  )
]

export const declared: ReadonlyArray<Declared> = [...creating, ...listing, ...details, ...ending, ...failing]

const same = (because: string, ours: string, python: string, status?: number) => ({
  because,
  ours,
  python,
  ...(status === undefined ? {} : { status })
})

/** What each of Python's exceptions is called here. Texts are each client's own, and not compared. */
export const sameErrors: ReadonlyArray<SameError & { readonly because: string }> = [
  same("`ValidationError`, `TypeError`", "InvalidInput", "ValidationError"),
  same("`ValidationError`, `TypeError`", "InvalidInput", "TypeError"),
  same("`ValidationError`, `TypeError`", "ConfigurationInvalid", "ValidationError"),
  same("`HTTPStatusError`", "RequestRefused", "HTTPStatusError", 302),
  same("`HTTPStatusError`", "RequestRefused", "HTTPStatusError", 400),
  same("`HTTPStatusError`", "SessionNotReady", "HTTPStatusError", 400),
  same("`HTTPStatusError`", "CredentialsRefused", "HTTPStatusError", 401),
  same("`HTTPStatusError`", "SessionNotFound", "HTTPStatusError", 404),
  same("`HTTPStatusError`", "ServerFailure", "HTTPStatusError", 500),
  same("`HTTPStatusError`", "ServerBusy", "HTTPStatusError", 503),
  same("`ReadError`, `RemoteProtocolError`", "ConnectionFailed", "ReadError"),
  same("`ReadError`, `RemoteProtocolError`", "ConnectionFailed", "RemoteProtocolError"),
  same("`ReadTimeout`", "RequestTimeout", "ReadTimeout"),
  same("`JSONDecodeError`", "ReplyUndecodable", "JSONDecodeError")
]
