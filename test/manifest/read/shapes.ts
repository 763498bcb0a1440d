/** Manifests as people and tools write them, and as they should not. What is right is not written here: kubectl says it. */
export const shapes: Readonly<Record<string, string>> = {
  nothing: '',
  'nothing but a comment': '# x\n',
  'a key twice': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: one\n  A: two\n',
  'stringData twice':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: one\nstringData:\n  B: two\n',
  'a key under data and stringData':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  A: eA==\nstringData:\n  A: two\n',
  'a number under stringData': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: 5432\n',
  'a number under data': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  A: 5432\n',
  'yes without quotes': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: yes\n',
  'a key without a value under stringData':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A:\n  B: x\n',
  'a key without a value under data':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  A:\n  B: eA==\n',
  'a misspelt field': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringdata:\n  A: x\n',
  'an unknown field of metadata': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  nme: x\n',
  'kind: secret': 'apiVersion: v1\nkind: secret\nmetadata:\n  name: a\n',
  'apiVersion: v2': 'apiVersion: v2\nkind: Secret\nmetadata:\n  name: a\n',
  'no apiVersion': 'kind: Secret\nmetadata:\n  name: a\n',
  'no name': 'apiVersion: v1\nkind: Secret\nstringData:\n  A: x\n',
  'a name in capitals': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: A_b\n',
  'a key with a blank': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  "a b": x\n',
  'base64 without padding': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  A: abc\n',
  'base64 over several lines':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  A: |\n    YWJj\n    ZGVm\n',
  'keys Y and on': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  Y: a\n  on: b\n',
  'keys that are numbers':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  0x10: a\n  1.50: b\n  017: c\n  1_0: d\n  2027-03-01: e\n  1e6: f\n  -0.00001: g\n  1e5: h\n  08: i\n  0b11: j\n  12345678.9: k\n  .5: l\n  +7: m\n  1.: o\n',
  'a key ~': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  ~: a\n',
  'a timestamp':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: 2027-03-01T00:00:00Z\n',
  'a float': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: 1e3\n',
  infinity: 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: .inf\n',
  'data is text': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata: x\n',
  'data is a list': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata: [a]\n',
  'data without a value': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n',
  'data is empty': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata: {}\n',
  'a map as a value': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: {b: c}\n',
  'a merge before the key':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  <<: &x {A: b, C: d}\n  A: z\n',
  'a merge from another field':
    'x: &x {A: b, C: d}\napiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  <<: *x\n  A: z\n',
  'a List of two kinds':
    'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: a}\n  stringData: {A: b}\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n',
  'a SecretList whose items have no kind':
    'apiVersion: v1\nkind: SecretList\nitems:\n- metadata: {name: a}\n  stringData: {A: b}\n',
  'a SecretList':
    'apiVersion: v1\nkind: SecretList\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: a}\n  stringData: {A: b}\n',
  'a List in a List':
    'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n  - apiVersion: v1\n    kind: Secret\n    metadata: {name: a}\n    stringData: {A: b}\n',
  'a number as type': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ntype: 5\n',
  'text as immutable': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nimmutable: "yes"\n',
  'immutable: yes': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nimmutable: yes\n',
  'a number as a label': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  labels: {a: 1}\n',
  'a number as name': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: 123\n',
  'a tag of nobody': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: !foo bar\n',
  '!!str before a number': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: !!str 5\n',
  '!!binary under stringData':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: !!binary aGVsbG8=\n',
  '!!binary under data':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  A: !!binary aGVsbG8=\n',
  '!!int before text': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: !!int "5"\n',
  'a list as document': '- a\n- b\n',
  'text as document': 'hello\n',
  'JSON behind JSON':
    '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"stringData":{"A":"x"}}{"apiVersion":"v1","kind":"Secret","metadata":{"name":"b"}}',
  'JSON with trailing commas':
    '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"stringData":{"A":"x",},}',
  'a key twice in JSON':
    '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"stringData":{"A":"x","A":"y"}}',
  'JSON with a comment':
    '{"apiVersion":"v1",\n# c\n"kind":"Secret","metadata":{"name":"a"},"stringData":{"A":"x"}}',
  'YAML behind JSON':
    '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"stringData":{"A":"x"}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: b}\n',
  'a document behind ...':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData: {A: x}\n...\napiVersion: v1\nkind: Secret\nmetadata: {name: b}\n',
  'text behind ---':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n--- foo\napiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n',
  'a comment behind ---':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n--- # foo\napiVersion: v1\nkind: Secret\nmetadata:\n  name: b\n',
  'four dashes':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n----\napiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n',
  'a tab as indentation': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n\tA: x\n',
  CRLF: 'apiVersion: v1\r\nkind: Secret\r\nmetadata:\r\n  name: a\r\nstringData:\r\n  A: |\r\n    x\r\n    y\r\n',
  'CR alone': 'apiVersion: v1\rkind: Secret\rmetadata:\r  name: a\rstringData:\r  A: |\r    x\r    y\r',
  'a byte-order mark': '\ufeffapiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData: {A: x}\n',
  'a byte-order mark in the second document':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData: {A: x}\n---\n\ufeffapiVersion: v1\nkind: Secret\nmetadata:\n  name: b\n',
  '%YAML 1.2': '%YAML 1.2\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n',
  '%YAML 1.1': '%YAML 1.1\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n',
  'empty documents': '---\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n---\n',
  'an escaped NUL': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: "a\\0b"\n',
  'a control character': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: "a\u0007b"\n',
  'a key __proto__': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  __proto__: x\n',
  'a key constructor': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  constructor: x\n',
  'Data in capitals': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nData:\n  A: eA==\n',
  'an anchor and its alias':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: &p x\n  B: *p\n',
  'an alias of nothing': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: *p\n',
  'a list as a key': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  ? [a]\n  : b\n',
  'an equals sign': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: =\n',
  'a merge of a list':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  <<: [{A: b}, {A: c, D: e}]\n',
  'a merge behind the key':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: z\n  <<: {A: b, C: d}\n',
  'a status': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstatus: {}\n',
  '<< in quotes': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  "<<": x\n',
  '@ without quotes': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: @x\n',
  'a backtick without quotes': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: `x`\n',
  'two colons on a line': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: a: b\n',
  'a colon without a blank': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData: {A: b,C:d}\n',
  'JSON-like keys': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData: {"A":b}\n',
  '# inside of a value': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData: {A: b#c}\n',
  'quotes and blocks':
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: \"multi\n    line\"\n  B: 'it''s'\n  C: >-\n    folded\n    text\n",
  'a number tagged as text under data':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  A: 1234\n  B: !!str 1234\n',
  '0o17 in quotes':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ntype: Opaque\nstringData: {PORT: "0o17"}\n',
  'creationTimestamp: null':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  creationTimestamp: null\n',
  'a key of 254 characters': `apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  ${'a'.repeat(254)}: x\n`,
  'a key ..': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  ..: x\n',
  'immutable without a value': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nimmutable:\n',
  'type without a value': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ntype:\n',
  'a NUL byte': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: "a\u0000b"\n',
  'words that stay text':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: 2027-03-01\n  B: 12:30\n  C: 1.2.3\n  D: 1e\n  E: 0x\n  F: 1__e\n  G: +\n  H: 190:20:30\n  I: nO\n  J: tRue\n  K: 0b12\n  L: 1,000\n  M: 2027-13-45\n  O: ._5\n  P: "null"\n  Q: 0o9\n',
  '0o17': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: 0o17\n',
  '017': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: 017\n',
  '1_000': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: 1_000\n',
  '08': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: 08\n',
  '.5': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: .5\n',
  'a number beyond 64 bits':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: 18446744073709551616\n',
  'a float beyond all bounds':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: 1e999\n',
  off: 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: off\n',
  '~': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: ~\n',
  'base64 in the URL alphabet': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  A: "_-8="\n',
  'base64 with loose bits': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  A: eB==\n',
  'base64 with a blank': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  A: "eA= ="\n',
  'empty base64': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  A: ""\n',
  'base64 of bytes': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  A: /w==\n',
  'base64 in a folded block':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  A: >\n    YWJj\n    ZGVm\n',
  'an unknown field without a value': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringdata:\n',
  'a literal with an indicator':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: |2-\n     x\n    y\n',
  'a kept block': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: |+\n    x\n\n',
  'a folded block':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: >\n    x\n    y\n\n    z\n      more\n    end\n',
  escapes:
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: "\\x41\\u00e9\\U0001F600\\e\\t\\/"\n',
  'an unknown escape': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: "\\q"\n',
  'a plain value over lines':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: one\n    two\n',
  'a comment behind a value':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: one # two\n',
  'flow over lines':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData: {\n  A: b,\n  "C": \'d\'\n}\n',
  'an anchor in another document':
    'x: &x 1\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: *x\n',
  'an alias of itself': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: &x [*x]\n',
  'a Secret of another group': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
  'owner references': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  ownerReferences: []\n',
  'annotations without value': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  annotations:\n',
  'metadata is text': 'apiVersion: v1\nkind: Secret\nmetadata: a\n',
  'an emoji': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: \ud83d\ude00\n',
  'a lone surrogate in JSON':
    '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"stringData":{"A":"\\ud800x"}}',
  'a pair of surrogates':
    '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"stringData":{"A":"\\ud83d\\ude00"}}',
  'tabs in JSON':
    '{\n\t"apiVersion":"v1","kind":"Secret",\n\t"metadata":{"name":"a"},"stringData":{"A":"x\\ty"}\n}\n',
  'a broken second document':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: x\n---\na: [1\n',
  'three JSON and rubbish':
    '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}x',
  'text behind a quote': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: "x" y\n',
  'a value that begins with &':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: &x%y\n',
  'a value that begins with *': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: *\n',
  'a value that begins with %':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: "%x"\n',
  'a value with & inside': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: a&b*c\n',
  'a key without a colon': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A\n',
  'an empty key': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  "": x\n',
  'a question mark': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  ? A\n  : b\n',
  'merging text': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  <<: x\n',
  'a key that is an alias': 'apiVersion: v1\nkind: Secret\nmetadata: {name: &n a}\nstringData:\n  *n : x\n',
  'a deep value':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n',
  'kind: SECRET': 'apiVersion: v1\nkind: SECRET\nmetadata:\n  name: a\n',
  'unindented list of finalizers':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  finalizers:\n  - a.b/c\n',
  'a URL in a flow map':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData: {A: postgresql://u:p@h:5432/db?x=1}\n',
  'next line as a break':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: "a\\Nb\\_c\\Lx"\n',
  'non-breaking blank': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: a\u00a0b\n',
  'latin in a key': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  \u00e9: b\n',
  'plain with hash start': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: #b\n',
  'a quoted kind': '"apiVersion": "v1"\n\'kind\': "Secret"\nmetadata: {"name": a}\n',
  'an explicit map tag': '!!map\napiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: x\n',
  'nonspecific tag': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: ! 5\n',
  'a comment between JSON':
    '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}\n# c\n{"apiVersion":"v1","kind":"Secret","metadata":{"name":"b"}}\n',
  'JSON lines':
    '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}\n{"apiVersion":"v1","kind":"Secret","metadata":{"name":"b"}}\n',
  'JSON then ---':
    '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}\n---\n{"apiVersion":"v1","kind":"Secret","metadata":{"name":"b"}}\n---\n{"apiVersion":"v1","kind":"Secret","metadata":{"name":"c"}}\n',
  'multi-line single quotes':
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: 'a\n\n    b'\n",
  'trailing blanks':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: x   \n  B: "y"  \n',
  'document on the separator line': '--- {}\n',
  'an indented separator in a block':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: |\n    ---\n    x\n',
  'namespace as number': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  namespace: 5\n',
  'an empty line with a tab that belongs to a value':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: x\n   \t\n  B: z\n',
  'a tab behind a colon':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A:\tx\n  B: \tz\t\n',
  'a block with an indicator that begins with a tab':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: |2\n    \tx\n',
  'a block with a tab in its second line':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: |\n    x\n    \ty\n\n    z\n',
  'tabs in a flow map':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData: {\n\t"A": "x",\n\t"B": "y"\n  }\n',
  'tabs between brackets before and behind a plain value':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData: {A: b\n \t, C: d}\n',
  'JSON indented with tabs behind ---':
    '---\n{\n\t"apiVersion": "v1",\n\t"kind": "Secret",\n\t"metadata": {\n\t\t"name": "a"\n\t}\n}\n',
  'double quotes that go on unindented':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: "one\ntwo\n\nthree"\n  B: z\n',
  'single quotes that go on unindented':
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: 'one\n\ttwo'\n  B: z\n",
  'a flow map that goes on unindented':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData: {\nA: b,\n"C": "d\ne"\n}\ntype: Opaque\n',
  'brackets unindented in a List':
    'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {\n"name": "a"\n}\n  stringData: {\n"A": "b"\n  }\n',
  'quotes that are never closed, unindented':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: "one\ntwo\n  B: z\n',
  'surrogates escaped in YAML':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: "\\ud83d\\ude00"\n',
  'a backslash before what looks like a surrogate':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: "\\\\ud83d"\n',
  'a next line in a comment':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: x # c \u0085  B: z\n',
  'a next line in a block and in quotes':
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: |\n    x\u0085    y\n  B: 'x \u0085 y'\n",
  'a line separator in a comment':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData: # c \u2028  A: x\n  B: z # c \u2029  C: v\n',
  'a byte-order mark inside of values':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  A: x\ufeffy\n  B: "\ufeff"\n',
  'a byte-order mark in the third line':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n\ufeff  A: x\n',
};
