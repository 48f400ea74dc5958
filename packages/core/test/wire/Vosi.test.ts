import { parseCapabilities } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"

const capabilities = (content: string) =>
  `<v:capabilities xmlns:v="http://www.ivoa.net/xml/VOSICapabilities/v1.0"><capability standardID="s">${content}` +
  "</capability></v:capabilities>"

describe("parseCapabilities", () => {
  it.each([
    ["", undefined],
    ["<accessURL>https://h/a</accessURL>", { accessUrl: "https://h/a" }],
    ['<accessURL use="full">https://h/a</accessURL>', { accessUrl: "https://h/a" }],
    ['<accessURL use="base">\n https://h/a \n</accessURL>', { accessUrl: "https://h/a", baseUrl: "https://h/a" }],
    [
      '<accessURL use="full">https://h/a</accessURL><accessURL use="base"/><accessURL use="base">https://h/b</accessURL>',
      { accessUrl: "https://h/a", baseUrl: "https://h/b" }
    ],
    [
      '<accessURL use="base">https://h/b</accessURL><accessURL use="base">https://h/c</accessURL>',
      { accessUrl: "https://h/b", baseUrl: "https://h/b" }
    ]
  ])("reads the addresses of %j", (addresses, expected) => {
    const [capability] = parseCapabilities(capabilities(`<interface>${addresses}</interface>`)) ?? []
    assert.deepStrictEqual(capability?.interfaces, expected === undefined ? [] : [{ ...expected, securityMethods: [] }])
  })

  it("reads how to sign in with a name and a password", () => {
    const [capability] =
      parseCapabilities(
        capabilities(
          '<interface><accessURL use="base">https://h/cred/generate</accessURL>' +
            '<securityMethod standardID="ivo://ivoa.net/sso#BasicAA"/><securityMethod/></interface>'
        )
      ) ?? []
    assert.deepStrictEqual(capability?.interfaces[0]?.securityMethods, ["ivo://ivoa.net/sso#BasicAA"])
  })
})
