import { isRemark, wordsOfKey } from './sensitive-keys.ts';

/**
 * The place that the value of a sensitive key comes from.
 *
 * - `random`: the team chooses it, so a random value works.
 * - `own-format`: the team generates it, in a form that the program prescribes.
 * - `vendor`: another company or server issued it.
 * - `account`: the password of an account that exists on another server.
 * - `certificate`, `private-key`: a file of text.
 * - `unknown`: the name does not say whether the team or a vendor issues it.
 */
export type ValueOrigin =
  | 'random'
  | 'own-format'
  | 'vendor'
  | 'account'
  | 'certificate'
  | 'private-key'
  | 'unknown';

/**
 * The origin of a value, by its key. If the key leaves it open, the Secret can name the vendor: `api-key` in the Secret
 * `stripe`. An object store of the team has keys that are called like those of AWS.
 */
export function valueOriginOf(key: string, secretName = ''): ValueOrigin {
  const origin = originByKey(key);
  const words = wordsOfKey(secretName.slice(0, MAX_KEY_LENGTH)).flatMap(splitFused);
  if (origin === 'vendor' && STORE_KEY.test(key) && words.some((word) => OWN_STORE.has(word)))
    return 'random';
  const [own = ''] = wordsOfKey(key.slice(0, MAX_KEY_LENGTH));
  if (origin === 'vendor' && API_KEY.test(key) && words.includes(own) && !VENDOR.has(own)) return 'unknown';
  const isOpen = origin === 'unknown' || (origin === 'random' && BARE_NOUN.test(key));
  return isOpen && words.some((word) => VENDOR.has(word) && !SELF_HOSTED.has(word)) ? 'vendor' : origin;
}

/**
 * By the words of the key: first the form of the value, then the vendor, then the noun. No word list is asked about
 * words in the middle of another word.
 */
function originByKey(key: string): ValueOrigin {
  const words = wordsOfKey(key.slice(0, MAX_KEY_LENGTH)).flatMap(splitFused);
  while (words.length > 1 && isRemark(words.at(-1)!)) words.pop();
  const has = (set: ReadonlySet<string>): boolean => words.some((word) => set.has(word));
  // `POSTGRES_PASSWORD_AZURE`: a word after the noun says which one it is.
  const at = Math.max(
    0,
    NOUN.has(words.at(-1) ?? '') ? words.length - 1 : words.findLastIndex((word) => NOUN.has(word)),
  );
  const noun = words[at] ?? '';
  const qualifiers = words.slice(0, at);
  if (has(CERTIFICATE)) return CHOSEN_NOUN.has(noun) ? 'random' : 'certificate';
  if (isPrivateKey(words, key)) return 'private-key';
  if (has(PRESCRIBED)) return 'own-format';
  if (has(OF_THE_PROGRAM) && !(has(VENDOR) && noun === 'token')) return 'random';
  if (KEY_OF_THE_PROGRAM.test(key)) return 'random';
  if (has(VENDOR)) return originAtVendor(words, noun);
  if (PASSWORD.has(noun)) return has(ACCOUNT) && !isChosenPassword(words) ? 'account' : 'random';
  if (words.includes('jwt')) return 'random';
  if (has(ISSUED)) return 'vendor';
  return originOfIssuedNoun(qualifiers, noun);
}

/** `SHOP_API_KEY` in the Secret `shop-secrets`. */
const API_KEY = /^[a-z]{1,40}[-_.]?api[-_.]?(?:key|token)$/i;
/** The key of an object store: `AWS_SECRET_ACCESS_KEY`. */
const STORE_KEY = /access[-_.]?key|s3/i;
const OWN_STORE = new Set('minio ceph rook garage seaweedfs localstack'.split(' '));
/** A key that says nothing but what it is. */
const BARE_NOUN = /^(?:secret[-_.]?key|secret|key|(?:webhook|signing)[-_.]?secret)$/i;
/** Products of a vendor that teams run themselves. */
const SELF_HOSTED = new Set(
  'gitlab gitea jira confluence mattermost jenkins sonar sonarqube nexus argocd vault consul nomad infisical supabase weaviate qdrant langfuse posthog sentry splunk oracle'.split(
    ' ',
  ),
);

/** The limit of the API server. */
const MAX_KEY_LENGTH = 253;

function originAtVendor(words: readonly string[], noun: string): ValueOrigin {
  if (words.includes('webhook') && words.some((word) => WEBHOOK_CHOSEN.has(word))) return 'random';
  if (!PASSWORD.has(noun)) return 'vendor';
  return isChosenPassword(words) ? 'random' : 'account';
}

/** A new database or a new server takes any password. */
const isChosenPassword = (words: readonly string[]): boolean =>
  words.some((word) => DATABASE.has(word) || ADMINISTRATOR.has(word));

/** `tls.key`, `SSH_PRIVATE_KEY`, `id_rsa`; but `JWT_SIGNING_KEY` is a random text. */
function isPrivateKey(words: readonly string[], key: string): boolean {
  const last = words.at(-1) ?? '';
  if (PRIVATE_KEY_NAME.has(last) || /^mnemonics?$/.test(last)) return true;
  if (last !== 'key') return false;
  const before = words.slice(0, -1);
  // `NEXT_PRIVATE_ENCRYPTION_KEY`
  const isOfTheProgram = OF_THE_PROGRAM.has(before.at(-1) ?? '');
  const isFile = /\.key$/i.test(key);
  return (
    before.some((word) => PRIVATE_KEY.has(word) && !(word === 'private' && isOfTheProgram)) ||
    (isFile && PRIVATE_KEY_FILE.has(before.at(-1) ?? ''))
  );
}

/** `CLIENT_SECRET`, `WEATHER_API_KEY`, `BOT_TOKEN`. */
function originOfIssuedNoun(qualifiers: readonly string[], noun: string): ValueOrigin {
  const last = qualifiers.at(-1);
  if (CREDENTIALS.has(noun)) return 'unknown';
  if (last !== undefined && ISSUED_PAIRS.get(noun)?.has(last) === true) return 'vendor';
  if (qualifiers.some((word) => BETWEEN_SERVICES.has(word))) return 'random';
  if (!qualifiers.includes('api') || noun === 'secret') return noun === 'token' ? 'unknown' : 'random';
  return qualifiers.every((word) => OWN.has(word)) ? 'unknown' : 'vendor';
}

/** `githubtoken`, `clientsecret`, `openaiapikey`. */
function splitFused(word: string): readonly string[] {
  const [, before = '', noun = ''] = /^([a-z]{3,}?)(apikey|token|secret|key)$/.exec(word) ?? [];
  if (!VENDOR.has(before) && !FUSED_QUALIFIER.has(before)) return word === 'apikey' ? ['api', 'key'] : [word];
  return noun === 'apikey' ? [before, 'api', 'key'] : [before, noun];
}

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** A qualifier that people join to the noun. */
const FUSED_QUALIFIER = set('client consumer bot private license licence access api');

const CERTIFICATE = set(
  'pem crt cert certs certificate certificates cabundle truststore keystore jks p12 pfx pkcs12',
);
/** `KEYSTORE_PASSWORD` is chosen by the team. */
const CHOSEN_NOUN = set('password passwd passphrase pass pwd pw');
const PASSWORD = CHOSEN_NOUN;

const CREDENTIALS = set('credential credentials creds');
const NOUN = set('key token secret password passwd passphrase pass pwd pw credential credentials creds');

/** Names of files that `ssh-keygen` and `age-keygen` write. */
const PRIVATE_KEY_NAME = set('rsa ecdsa ed25519 agekey');
/** `server.key` */
const PRIVATE_KEY_FILE = set('server client peer node etcd ingress wildcard domain https web cert');

/** Words before `key` that make it a file of text. */
const PRIVATE_KEY = set(
  'private tls ssl ssh rsa dsa ecdsa ed25519 pgp gpg age mtls x509 ca wallet deployer deploy',
);

/** Fernet takes 32 bytes in the alphabet of URLs, AES takes 16, 24 or 32 bytes, VAPID a pair of keys, a PIN digits. */
const PRESCRIBED = set('fernet aes aes128 aes192 aes256 vapid wireguard htpasswd pin');

/** Secrets that a program signs with for itself, also a program of a vendor: `OAUTH2_PROXY_COOKIE_SECRET`. */
const OF_THE_PROGRAM = set(
  'cookie cookies session sessions csrf xsrf nextauth salt pepper encryption encrypt decryption hash',
);
/** `GITLAB_SECRETS_DB_KEY_BASE` of Rails, `PG_META_CRYPTO_KEY`, `SENTRY_SECRET_KEY`: the program uses it alone. */
const KEY_OF_THE_PROGRAM =
  /key[-_.]?base$|^pg[-_.]?meta[-_.]?crypto[-_.]?key$|^sentry[-_.]?(?:system[-_.]?)?secret[-_.]?key$/i;

/** Only its issuer knows it. */
const ISSUED = set(
  'oauth oauth2 oidc license licence subscription activation unseal recovery pat sas dsn bot payment merchant serviceaccount',
);

/** The noun, and the words directly before it with which another server issues it. */
const ISSUED_PAIRS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['secret', set('client consumer')],
  ['key', set('consumer access account integration maps site project')],
  ['token', set('access refresh personal bot deploy registry bearer page user runner registration')],
]);

/** `INTERNAL_API_KEY`, `BILLING_SERVICE_TOKEN`: services of the team use it among themselves. */
const BETWEEN_SERVICES = set('internal interservice service services');

/** `ADMIN_API_KEY`: the API can be the team's own. */
const OWN = set(
  'api own app application admin administrator master root server backend frontend gateway web my main default x http rest public private system',
);

/** An account on one of these exists before the Secret does. */
const ACCOUNT = set(
  'smtp mail mailer email imap pop3 ldap bind ad sftp ftp ftps proxy registry docker dockerhub nexus artifactory harbor quay svn git',
);
const DATABASE = set(
  'db database postgres postgresql pg mysql mariadb mongo mongodb redis mssql sql sqlserver oracle rds aurora cache memcached rabbitmq',
);
const ADMINISTRATOR = set('root admin administrator initial');

/** The team chooses the secret of these webhooks, and types it into both places. */
const WEBHOOK_CHOSEN = set('github gitlab bitbucket gitea forgejo');

/** Companies and servers that issue keys to their customers. */
const VENDOR = set(
  'aws amazon s3 ses sns sqs acme eab zerossl dockerhub cosmos cosmosdb eventhub servicebus ' +
    'azure microsoft msft entra google gcp gcs gmail firebase fcm gemini android apple apns icloud itunes ' +
    'github gitlab bitbucket gitea atlassian jira confluence trello notion airtable asana clickup figma miro ' +
    'slack discord telegram whatsapp webex zoom mattermost viber wechat ' +
    'stripe paypal braintree adyen mollie klarna squareup razorpay paystack flutterwave plaid coinbase binance kraken paddle chargebee recurly shopify lemonsqueezy mercadopago ' +
    'sendgrid mailgun mailchimp mandrill mailjet postmark sparkpost sendinblue brevo resend twilio vonage nexmo messagebird plivo sinch telnyx pusher onesignal ' +
    'openai anthropic claude cohere mistral groq perplexity huggingface hf replicate elevenlabs deepseek openrouter nvidia pinecone qdrant weaviate langfuse langsmith langchain tavily serper deepl ' +
    'datadog dd newrelic sentry rollbar bugsnag honeycomb pagerduty opsgenie loggly papertrail logdna splunk dynatrace grafanacloud amplitude mixpanel posthog hotjar ' +
    'cloudflare fastly akamai digitalocean linode hetzner ovh vultr scaleway heroku vercel netlify railway oracle alibaba aliyun tencent ibm backblaze b2 wasabi cloudinary ' +
    'auth0 okta clerk onelogin pingone cognito facebook meta instagram twitter linkedin tiktok snapchat pinterest reddit twitch spotify youtube vimeo dropbox yahoo ' +
    'salesforce hubspot zendesk intercom freshdesk pipedrive marketo braze iterable klaviyo docusign typeform ' +
    'algolia mapbox maps tomtom weather openweather openweathermap infura alchemy etherscan moralis quicknode recaptcha hcaptcha turnstile ' +
    'supabase planetscale neon upstash snowflake databricks bigquery confluent elasticcloud redislabs fauna contentful sanity storyblok prismic ' +
    'npm npmjs pypi rubygems cargo nuget maven sonatype jfrog sonar sonarqube sonarcloud codecov snyk circleci travis jenkins buildkite argocd terraform tfc pulumi doppler infisical ' +
    'vault hashicorp consul nomad ngrok tailscale netbird zerotier maxmind ipinfo launchdarkly statsig unsplash giphy rapidapi',
);
