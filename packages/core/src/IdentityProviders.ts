/**
 * Who knows the users of platforms: the identity providers, as data.
 *
 * A provider has servers of its own, which its registries list, and its users sign in to those servers and no others.
 */

/** A list of the servers of a provider. */
export interface Registry {
  /** What people call it. */
  readonly name: string
  /** The address of its text, lines `uri = url`. */
  readonly url: string
  /** The URIs of servers that it lists although they are not its own. */
  readonly omit?: ReadonlyArray<string>
}

/** Who knows the users of some platforms. */
export interface IdentityProvider {
  /** Its short name, such as `cadc`: a letter, then letters, digits, `_` and `-`. */
  readonly key: string
  /** What people call it. */
  readonly name: string
  /** How its users sign in: with a proxy certificate, or with a browser. */
  readonly mode: "x509" | "oidc"
  /** The lists of its servers. */
  readonly registries: ReadonlyArray<Registry>
  /** The lists of its servers for developers. */
  readonly devRegistries: ReadonlyArray<Registry>
  /** Its OpenID provider, where its users sign in with a browser. */
  readonly openId?: {
    /** What `iss` must be, to the letter. */
    readonly issuer: string
    /** The address of its configuration. */
    readonly discovery: string
  }
}

/** The Canadian Astronomy Data Centre. */
export const cadc: IdentityProvider = {
  key: "cadc",
  name: "Canadian Astronomy Data Centre",
  mode: "x509",
  registries: [
    {
      name: "CADC",
      url: "https://ws.cadc-ccda.hia-iha.nrc-cnrc.gc.ca/reg/resource-caps",
      omit: ["ivo://canfar.net/src/skaha"]
    }
  ],
  devRegistries: [{ name: "CADC@keel-dev", url: "https://rc-ws.cadc-ccda.hia-iha.nrc-cnrc.gc.ca/reg/resource-caps" }]
}

/** The network of the SKA's regional centres. */
export const srcnet: IdentityProvider = {
  key: "srcnet",
  name: "SKA Regional Centre Network",
  mode: "oidc",
  registries: [{ name: "SRCNet", url: "https://spsrc27.iaa.csic.es/reg/resource-caps" }],
  devRegistries: [],
  openId: {
    issuer: "https://ska-iam.stfc.ac.uk/",
    discovery: "https://ska-iam.stfc.ac.uk/.well-known/openid-configuration"
  }
}

/** All that are known. */
export const all: ReadonlyArray<IdentityProvider> = [cadc, srcnet]

/** The one with that key, among those that are known unless others are given. */
export const find = (key: string, providers: ReadonlyArray<IdentityProvider> = all): IdentityProvider | undefined =>
  providers.find((provider) => provider.key === key)
