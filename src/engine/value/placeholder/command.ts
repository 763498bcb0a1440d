import type { ValueText } from './value-text.ts';
import type { PlaceholderVerdict } from './verdict.ts';

const NEVER_RUN: PlaceholderVerdict = { rule: 'placeholder', message: 'is a command that was never run' };

/** A command or an expression, stored instead of its output: single quotes around `$(openssl rand …)`. */
export function unexecutedCommand({ text }: ValueText): PlaceholderVerdict | undefined {
  if (!/[\s(`]|^(?:uuidgen|pwgen|mkpasswd|makepasswd)$/i.test(text)) return undefined;
  if (text.includes('\n') && !text.startsWith('$(') && !text.startsWith('`')) return undefined;
  const inner = SUBSTITUTION.exec(text)?.[1];
  if (inner !== undefined) return NEVER_RUN;
  const command = text.replace(LEAD_IN, '');
  if (UNMISTAKABLE.test(command) || AMBIGUOUS.test(command) || EXPRESSION.test(command)) return NEVER_RUN;
  return QUOTED.test(text) ? NEVER_RUN : undefined;
}

/** The same for a value that need not be a secret: a command alone is a correct value there, a substitution is not. */
export const unexecutedSubstitution = ({ text }: ValueText): PlaceholderVerdict | undefined =>
  text.startsWith('$(') && text.endsWith(')') && SUBSTITUTION.test(text) ? NEVER_RUN : undefined;

/** `$(program …)`. A name in capitals only is a Kubernetes variable, and so a template. */
const SUBSTITUTION = /^["']?\$\(\s*((?:[a-z][a-z0-9_./+-]+(?:\s|\)?$)|<\s|\.\/|\/[a-z])[\s\S]*)\)?["']?$/;

const LEAD_IN =
  /^[`"'([<{$>#!\s]*(?:(?:run|exec|use|using|generated?|output|result|value|paste|cmd|shell|create|with|via|by|from|of|the|it|this|replace|todo|eg|example|sudo)\b[\s:=]+)*[`"'([<{]*/i;

/** Programs whose name is no word of a passphrase. */
const UNMISTAKABLE =
  /^(?:openssl\s+(?:rand|gen|dgst|enc|pass|req|base64|ec)|pwgen\b|uuidgen\b|mkpasswd\b|makepasswd\b|apg\s+-|htpasswd\s+-|kubectl\s|gcloud\s|gsutil\s|gpg2?\s+-|ssh-keygen\b|age-keygen\b|keytool\s|wg\s+gen|xxd\s|hexdump\s|od\s+-|tr\s+-|dd\s+if=|sha\d*sum\b|md5sum\b|base64\s+[-</]|aws\s+(?:secretsmanager|ssm|kms|sts)|az\s+(?:keyvault|account)|vault\s+(?:read|kv|write|token|operator)\b|bw\s+(?:get|generate)|op\s+(?:read|item|get)\b|sops\s+-|npx\s|npm\s+(?:run|exec)|pnpm\s|yarn\s+(?:run|dlx|exec|node)\s|mix\s+phx|rake\s+\w+$|(?:bundle\s+exec\s+)?(?:bin\/)?(?:rails|rake)\s+(?:secret|credentials|db)|php\s+(?:artisan|bin\/console|-r)|python[23]?\s+-|python[23]?\s+\S+\.py|manage\.py\s|node\s+-e|node\s+--eval|ruby\s+-|perl\s+-|terraform\s+(?:output|show)|tofu\s+output|helm\s+(?:get|template|install|upgrade|show)\b|docker\s+(?:run|exec|compose)|doppler\s+(?:secrets|run)|infisical\s+\w+|chamber\s+read|curl\s+(?:-|https?:)|wget\s+(?:-|https?:)|jq\s+[-.]|yq\s+[-.]|powershell\b|pwsh\b|New-Guid\b|flask\s+\w+-|artisan\s|headscale\s|step\s+crypto|cfssl\s|lpass\s+show|secret-tool\s|security\s+find-|dotnet\s+user)/i;

/**
 * Programs that are English words too: an option, a path or a pipe must follow. `(?!\s)` prevents a backtracking over
 * runs of blanks.
 */
const AMBIGUOUS =
  /^(?:echo|printf|cat|head|tail|date|pass|openssl|node|shuf|seq|sort|cut|make|env|bash|sh|hostname|whoami|rand|random|age|grep|awk|sed|tee|less|base64|base32|hex)\s+(?!\s)(?:-\w|\.{0,2}\/|\+%|\$|[^|]*\|\s*\w|show\s+\S+\/)/i;

/** Source code that makes a value: `secrets.token_hex(32)`, `crypto.randomBytes(32).toString('hex')`. */
const EXPRESSION =
  /^(?:await\s+)?(?:secrets\.token_\w+\(|(?:require\(['"]crypto['"]\)|crypto|nacl|sodium)\.\w+\(|os\.urandom\(|uuid\.?v?\d?\w*\(|(?:Fernet|[\w.]*Fernet)\.generate_key\(|SecureRandom\.\w+|Math\.random\(|(?:bin2hex|base64_encode|base64\.\w+|md5|sha1|hash|random_bytes|random_string|str_random|Str::random|randAlphaNum|randAlpha|genSignedCert|get_random_secret_key|get_random_string|generate\w+|secrets\.choice|string\.ascii\w*|\[(?:System\.)?Guid\]::NewGuid|Guid\.NewGuid|UUID\.randomUUID|SecureRandom|RandomStringUtils\.\w+)\s*\()/i;

const QUOTED =
  /`(?:openssl|pwgen|uuidgen|head|cat|python3?|node|rails|rake|mix|npx|kubectl|vault|date|echo|pass|php|ruby)\b[^`]*`/;
