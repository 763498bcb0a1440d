import type { ValueText } from './value-text.ts';
import type { PlaceholderVerdict } from './verdict.ts';

const UNRESOLVED: PlaceholderVerdict = {
  rule: 'unresolved-reference',
  message: 'is a reference that nobody resolved',
};
const CIPHERTEXT: PlaceholderVerdict = {
  rule: 'unresolved-reference',
  message: 'is ciphertext that nobody decrypted',
};

/** A reference into a secret store, or the output of an encryption tool, stored in place of the value. */
export function unresolvedReferenceIn({ text }: ValueText): PlaceholderVerdict | undefined {
  // Each of them has such a sign, and nearly no secret has one.
  if (!/[:/#!@<{[(]/.test(text)) return undefined;
  if (REFERENCES.some((reference) => reference.test(text))) return UNRESOLVED;
  return CIPHERTEXTS.some((ciphertext) => ciphertext.test(text)) ? CIPHERTEXT : undefined;
}

/**
 * The same for a value that need not be a secret. Paths, resource names and addresses of a vault are correct values
 * there. Only what a tool must replace counts.
 */
export function unresolvedReferenceInConfiguration({ text }: ValueText): PlaceholderVerdict | undefined {
  if (!/^(?:op:|ref\+|vault:|ENC|-----BEGIN AGE|[<{@!$])/.test(text)) return undefined;
  if (FOR_TOOLS.some((reference) => reference.test(text))) return UNRESOLVED;
  return CIPHERTEXTS.some((ciphertext) => ciphertext.test(text)) ? CIPHERTEXT : undefined;
}

const FOR_TOOLS = [
  /^op:\/\/[^/\s]+\/[^/\s]+\/\S+$/,
  /^ref\+[a-z0-9]+:\/\/\S+$/,
  /^<(?:path|vault):[^<>]+>$/,
  /^\{\{resolve:/,
  /^@Microsoft\.KeyVault\(/,
];

const STORES = [
  'vault|hcvault|hashivault|bao|openbao|op|onepassword|1password|bws?|bitwarden|doppler|infisical|akeyless|conjur|chamber|teller|keeper',
  'lastpass|passbolt|delinea|thycotic|cyberark|secrets?|secretmanager|secretsmanager|secret-manager|secrets-manager|secretref|secretkeyref|secret-ref',
  'aws-?secrets?(?:-?manager)?|awssm|awsps|aws-?ssm|awskms|aws-?kms|ssm|sm|kms|paramstore|parameterstore',
  'gcp-?secrets?(?:-?manager)?|gcpsm|gcp-?sm|gsm|gcpkms|gcp-?kms|google-?secret-?manager|berglas',
  'azure-?key-?vault|azurekv|azkv|azkms|akv|keyvault|key-vault|k8s|kube|kubernetes|kubernetessecret|configmap|configmapref|ref|env|consul|sops|keyring',
].join('|');

const REFERENCES = [
  new RegExp(`^(?:ref\\+|secret:|external:)?(?:${STORES})://\\S+$`, 'i'),
  new RegExp(`^(?:${STORES}):/{0,3}[A-Za-z][\\w.@{}-]*[/#][\\w./#@:{}-]*$`, 'i'), //     vault:kv/app#key, ssm:/prod/db
  /^(?:keyvault|key-vault|secretref|secretkeyref|secret-ref|configmapref|gcp-?secret-?manager|aws-?secrets?-?manager|secrets?-?manager|akeyless|bws|doppler|infisical|vault|ssm|kms|env|secret|sops):\s?[A-Za-z][\w./-]*$/i,
  /^bws:[\w-]+$/i,
  /^ref\+[a-z0-9]+:\/\//i,
  /^<(?:path|vault):[^<>]+>$/i, //                                           Argo CD Vault Plugin
  /^!(?:vault|secret|var|env|ref|sub|getatt|importvalue|encrypted|cloudformation)\b/i,
  /^arn:aws[\w-]*:(?:secretsmanager|ssm|kms):/i,
  /^\{\{resolve:/i, //                                                       CloudFormation
  /^@Microsoft\.KeyVault\(/i,
  /^https:\/\/[\w-]+\.(?:vault|managedhsm)\.(?:azure\.net|azure\.cn|usgovcloudapi\.net)\/(?:secrets|keys)\//i,
  /^(?:\/\/secretmanager\.googleapis\.com\/)?projects\/[^/\s]+\/(?:secrets|locations)\/\S+$/,
  /^(?:secrets?|kv|kv2|kv-v2|cubbyhole|database)\/(?:data\/)?[\w./-]+#[\w.-]+$/,
  /^(?:secret|kv)\/data\/[\w./-]+$/,
  /^(?:file:(?:\/\/)?)?(?:\/var)?\/run\/secrets\/\S+$/,
  /^file:\/\/(?=\S*$)\S*(?:secret|password|token|key|cred)/i,
  /^\/(?:vault|mnt|etc)\/secrets?\/\S+$/,
  /^(?:secretKeyRef|valueFrom|fromSecret|existingSecret|secretName)\b\s*[:=]/i,
];

const CIPHERTEXTS = [
  /^ENC[[(][^\n]*[\])]$/, //                     SOPS, jasypt, hiera-eyaml
  /^\{(?:cipher|aes|enc|encrypted)\}\S+$/i, //   Spring Cloud Config, Jenkins
  /^(?:!vault\s*(?:\|\s*)?)?\$ANSIBLE_VAULT;/,
  /^-----BEGIN AGE ENCRYPTED FILE-----/,
  /^vault:v\d+:\S+$/, //                         Vault's transit engine
];
