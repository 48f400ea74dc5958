/**
 * What Python 3.11 wrote for these parameters, by `urllib.parse.urlencode(parameters)`.
 */
interface Vector {
  readonly parameters: ReadonlyArray<readonly [name: string, value: string]>
  readonly encoded: string
}

export const recordedVectors: ReadonlyArray<Vector> = [
  {
    parameters: [
      ["name", "my job"],
      ["image", "images.canfar.net/a/b:latest"],
      ["cores", "2"],
      ["type", "headless"],
      ["args", '-c "x y"'],
      ["env", "X=a b&c=d/\u00e9+"],
      ["env", "REPLICA_ID=1"],
      ["env", "REPLICA_COUNT=1"]
    ],
    encoded:
      "name=my+job&image=images.canfar.net%2Fa%2Fb%3Alatest&cores=2&type=headless&args=-c+%22x+y%22&env=X%3Da+b%26c%3Dd%2F%C3%A9%2B&env=REPLICA_ID%3D1&env=REPLICA_COUNT%3D1"
  },
  {
    parameters: [
      ["name", "test-1"],
      ["image", "images.canfar.net/skaha/astroml@sha256:ff"],
      ["cores", "2"],
      ["ram", "4"],
      ["type", "headless"],
      ["gpus", "1"],
      ["cmd", "python3"],
      ["args", "/arc/home/alice/fit.py --seed=7 *.fits ~/out"],
      ["env", "OPENBLAS_NUM_THREADS=1"]
    ],
    encoded:
      "name=test-1&image=images.canfar.net%2Fskaha%2Fastroml%40sha256%3Aff&cores=2&ram=4&type=headless&gpus=1&cmd=python3&args=%2Farc%2Fhome%2Falice%2Ffit.py+--seed%3D7+%2A.fits+~%2Fout&env=OPENBLAS_NUM_THREADS%3D1"
  },
  {
    parameters: [
      [
        "",
        "\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\u007f"
      ]
    ],
    encoded:
      "=%00%01%02%03%04%05%06%07%08%09%0A%0B%0C%0D%0E%0F%10%11%12%13%14%15%16%17%18%19%1A%1B%1C%1D%1E%1F+%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F0123456789%3A%3B%3C%3D%3E%3F%40ABCDEFGHIJKLMNOPQRSTUVWXYZ%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D~%7F"
  },
  {
    parameters: [
      ["x", "*~!'()"],
      ["y", "_.-"],
      ["z", ""]
    ],
    encoded: "x=%2A~%21%27%28%29&y=_.-&z="
  },
  {
    parameters: [
      ["a=b", "c&d"],
      ["%41", "100%"],
      ["+", " "]
    ],
    encoded: "a%3Db=c%26d&%2541=100%25&%2B=+"
  },
  {
    parameters: [
      ["unicode", "\u00df\u00e9 \u661f\u96f2 \ud83d\udef0\ufe0f e\u0301 \ufeff \ufffd \udbff\udfff \u007f\u0080\u00ff"]
    ],
    encoded:
      "unicode=%C3%9F%C3%A9+%E6%98%9F%E9%9B%B2+%F0%9F%9B%B0%EF%B8%8F+e%CC%81+%EF%BB%BF+%EF%BF%BD+%F4%8F%BF%BF+%7F%C2%80%C3%BF"
  },
  { parameters: [["lines", "a\r\nb\nc\td\u0000e"]], encoded: "lines=a%0D%0Ab%0Ac%09d%00e" },
  {
    parameters: [["q", '?x=1#y;z,/\\|[]{}<>^`"$@:']],
    encoded: "q=%3Fx%3D1%23y%3Bz%2C%2F%5C%7C%5B%5D%7B%7D%3C%3E%5E%60%22%24%40%3A"
  },
  { parameters: [], encoded: "" },
  { parameters: [["action", "renew"]], encoded: "action=renew" }
]
