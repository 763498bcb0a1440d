import type { Rule, Rules } from './structural-schema.ts';

/**
 * The API server checks these rules without a webhook. They are the cheap ones of
 * consistency.ts in src/engine/policy/compile and src/engine/login/credential-schema. /validate-policy finds a cycle, a
 * missing base key and an unknown time zone.
 */
const selector: readonly Rule[] = [
  {
    rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
    message: 'In and NotIn need values, Exists and DoesNotExist take none',
  },
];

export const policyRules: Rules = {
  'spec.match.namespaceSelector.matchExpressions.*': selector,
  'spec.match.labelSelector.matchExpressions.*': selector,
  'spec.keys': [
    {
      rule: 'self.all(name, !has(self[name].distinctFrom) || !(name in self[name].distinctFrom))',
      message: 'a key can not differ from itself: remove it from its distinctFrom',
    },
    {
      rule: 'self.all(name, !has(self[name].distinctFrom) || self[name].distinctFrom.all(other, other in self))',
      message: 'distinctFrom names a key that is not under keys: add it there',
    },
  ],
  'spec.keys.*': [
    {
      rule: '!has(self.derive) || !has(self.generate)',
      message: 'a key is either derived or generated: remove one of the two',
      fieldPath: '.generate',
    },
    {
      rule: "!has(self.derive) || !has(self.onChange) || self.onChange == 'Accept'",
      message: 'a derived key follows its base keys: set onChange for those',
      fieldPath: '.onChange',
    },
    {
      rule: "!has(self.schemes) || (has(self.format) && self.format == 'uri')",
      message: 'needs format: uri',
      fieldPath: '.schemes',
    },
    {
      rule: '!has(self.rotate) || has(self.generate)',
      message: 'needs generate, which says how the new value is made',
      fieldPath: '.rotate',
    },
    {
      // hex doubles the bytes, base64 makes four characters of three bytes.
      rule: [
        '!has(self.minLength) || !has(self.generate) || (has(self.generate.length)',
        '? self.generate.length : !has(self.generate.bytes) ? self.minLength',
        ": has(self.generate.encoding) && self.generate.encoding == 'hex'",
        '? self.generate.bytes * 2 : (self.generate.bytes * 4 + 2) / 3)',
        '+ (has(self.prefix) ? size(self.prefix) : 0) >= self.minLength',
      ].join(' '),
      message: 'makes a value shorter than minLength: ask for more',
      fieldPath: '.generate',
    },
    {
      rule: '!has(self.maxLength) || !has(self.minLength) || self.maxLength >= self.minLength',
      message: 'must not be less than minLength',
      fieldPath: '.maxLength',
    },
    {
      rule: '!has(self.enum) || !has(self.generate)',
      message: 'makes a random value, which is none of enum: remove one of the two',
      fieldPath: '.generate',
    },
  ],
  'spec.keys.*.rotate': [
    {
      rule: '!has(self.gracePeriod) || has(self.previousKey)',
      message: 'needs previousKey, which names the key that holds the previous value',
      fieldPath: '.gracePeriod',
    },
  ],
  'spec.keys.*.when': [
    {
      rule: '[has(self.is), has(self.isNot), has(self.present)].filter(given, given).size() == 1',
      message: 'needs one of is, isNot and present, such as "is: production"',
    },
  ],
  'spec.keys.*.generate': [
    {
      rule: 'has(self.length) != has(self.bytes)',
      message: 'is neither letters nor bytes: set length, or set bytes and encoding',
    },
    {
      rule: '!has(self.encoding) || has(self.bytes)',
      message: 'needs bytes: letters and digits have no encoding',
      fieldPath: '.encoding',
    },
  ],
};

/** RE2, at the end of a key's name. */
const PLAIN = '(?i)(password|passwd|pass|pwd|secret|token)$';

/** The rules about the administrator. `allowed` is the field that names the accounts that it may change. */
const administratorRules = (account: string, allowed: string): readonly Rule[] => [
  {
    rule: '!has(self.adminSecretName) || self.adminSecretName != self.secretName',
    message: `is the Secret itself: leave it out, and the ${account} changes its own password`,
    fieldPath: '.adminSecretName',
  },
  {
    rule: `!has(self.${allowed}) || has(self.adminSecretName)`,
    message: `needs adminSecretName: without an administrator a ${account} changes itself alone`,
    fieldPath: `.${allowed}`,
  },
  {
    rule: '!has(self.adminSecretName) || (has(self.server) && has(self.server.host))',
    message: 'needs server.host: this login is never sent where the Secret says',
    fieldPath: '.adminSecretName',
  },
];

/** The plain ones of src/engine/secret/key-names/sensitive-keys.ts; consistency.ts asks the whole list. */
const nameRule = (field: string, noun: string): Rule => ({
  rule: `!has(self.${field}) || !self.${field}.matches('${PLAIN}')`,
  message: `sounds like a secret, and holds the name of a ${noun}: name that key`,
  fieldPath: `.${field}`,
});

const SERVER_AND_TIMES: Rules = {
  'spec.rotation': [
    { rule: '!has(self.timeZone) || has(self.schedule)', message: 'needs schedule', fieldPath: '.timeZone' },
    { rule: '!has(self.window) || has(self.schedule)', message: 'needs schedule', fieldPath: '.window' },
  ],
  'spec.server': [{ rule: '!has(self.port) || has(self.host)', message: 'needs host', fieldPath: '.port' }],
  'spec.server.tls': [
    {
      rule: "!has(self.caSecretName) || self.mode.startsWith('verify-')",
      message: 'needs mode: verify-ca or verify-full',
      fieldPath: '.caSecretName',
    },
    {
      rule: "self.mode != 'verify-ca' || has(self.caSecretName)",
      message:
        'verify-ca needs caSecretName, or any public CA could issue the certificate; verify-full does not need it',
      fieldPath: '.mode',
    },
  ],
};

export const postgresCredentialRules: Rules = {
  spec: [
    ...administratorRules('role', 'allowedRoles'),
    {
      rule: [
        '!has(self.rotation) || !has(self.rotation.strategy) ||',
        "self.rotation.strategy != 'AlternatingUsers' || has(self.adminSecretName)",
      ].join(' '),
      message: 'AlternatingUsers needs adminSecretName: only an administrator makes a role',
      fieldPath: '.rotation.strategy',
    },
    {
      rule: [
        '!has(self.adminSecretName) || !has(self.server) || !has(self.server.auth) ||',
        "self.server.auth.exists(method, method != 'password')",
      ].join(' '),
      message: "an administrator's password is never sent in clear: add scram-sha-256",
      fieldPath: '.server.auth',
    },
    {
      // Old API servers reserve the word `namespace` in CEL, and each one knows the escaped name.
      rule: '!has(self.copies) || self.copies.all(one, has(one.__namespace__) || one.secretName != self.secretName)',
      message: 'a copy is another Secret: remove the Secret itself',
      fieldPath: '.copies',
    },
  ],
  'spec.keys': [
    {
      // The default, `{}`, is validated as it is written.
      rule: [
        '!has(self.user) || !has(self.password) || !has(self.database) ||',
        '(self.user != self.password && self.user != self.database && self.password != self.database)',
      ].join(' '),
      message: 'user, password and database are three keys: name each its own',
    },
    nameRule('user', 'role'),
    nameRule('database', 'database'),
  ],
  ...SERVER_AND_TIMES,
};

export const redisCredentialRules: Rules = {
  spec: administratorRules('user', 'allowedUsers'),
  'spec.keys': [
    {
      rule: '!has(self.user) || !has(self.password) || self.user != self.password',
      message: 'user and password are two keys: name each its own',
    },
    nameRule('user', 'user'),
  ],
  ...SERVER_AND_TIMES,
};
