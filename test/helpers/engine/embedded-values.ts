import { Buffer } from 'node:buffer';
import { GOOD } from './engine.ts';

/** A PEM body as OpenSSL writes it, of random bytes. */
const BODY = [
  'MIGNvwIBADANBgkqhkiG9w0BAQEFAASCBKkwggSlAgEAAoIBAQC7b1nYQJ0sVwXg',
  'q3ZtHn8rLk5cTfPz2mWd9vGxKJr0aYhUe4SoD1iBNyXcQ7uRlVt6EjMpAw2gFbZH',
  'oTzXs8yLqKf3cVdN5uGm1WrPk9JhEiQ0aBxRt7vYl4SnDg2FwCz6pUeHjMZbAoX3',
].join('\n');

export const PRIVATE_KEY = `-----BEGIN PRIVATE KEY-----\n${BODY}\n-----END PRIVATE KEY-----\n`;
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----\n${BODY}\n-----END CERTIFICATE-----\n`;

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

export const dockerConfig = (user: string, password: string, auth = base64(`${user}:${password}`)): string =>
  JSON.stringify({ auths: { 'registry.acme.io': { username: user, password, auth } } });

export const serviceAccount = (changes: Readonly<Record<string, string>> = {}): string =>
  JSON.stringify(
    {
      type: 'service_account',
      project_id: 'ledger-prod-417',
      private_key_id: '7c1f0b93e2d84a56bb0e5f1d2c3a4b5960718293',
      private_key: PRIVATE_KEY,
      client_email: 'ledger@ledger-prod-417.iam.gserviceaccount.com',
      client_id: '104857612093847561029',
      auth_uri: 'https://accounts.google.com/o/oauth2/auth',
      token_uri: 'https://oauth2.googleapis.com/token',
      universe_domain: 'googleapis.com',
      ...changes,
    },
    null,
    2,
  );

export const kubeconfig = (token: string, ca = base64(CERTIFICATE)): string => `apiVersion: v1
kind: Config
clusters:
- name: prod
  cluster:
    certificate-authority-data: ${ca}
    server: https://10.12.0.4:6443
contexts:
- name: prod
  context: {cluster: prod, user: deployer, namespace: ledger}
current-context: prod
users:
- name: deployer
  user:
    token: ${token}
`;

/** Files that are right, by the key that a Secret would have. Each holds secrets, and none is a placeholder. */
export const SOUND_FILES: Readonly<Record<string, string>> = {
  '.dockerconfigjson': dockerConfig('ci-bot', GOOD.password),
  '.dockercfg': JSON.stringify({
    'https://index.docker.io/v1/': { auth: base64(`ci-bot:${GOOD.password}`) },
  }),
  'credHelpers.dockerconfigjson': JSON.stringify({
    auths: {},
    credsStore: 'ecr-login',
    credHelpers: { '123456789012.dkr.ecr.eu-west-1.amazonaws.com': 'ecr-login' },
  }),
  'key.json': serviceAccount(),
  kubeconfig: kubeconfig(GOOD.key),
  'aliases.yaml': `common: &common
  host: db # of the team
  token: &token !!str "${GOOD.key}"
db:
  <<: *common
  password: # set it
  token:
    *token
cache:
  password:
    # of the team
    ${GOOD.password}
  port: 6379
`,
  'alertmanager.yml': `global:
  resolve_timeout: 5m
  smtp_smarthost: 'smtp.acme.io:587'
  smtp_auth_username: alerts
  smtp_auth_password: ${GOOD.password}
  slack_api_url: https://hooks.slack.com/services/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
templates: ['/etc/alertmanager/config/*.tmpl']
route:
  group_by: ['alertname', '...']
  receiver: slack
receivers:
- name: slack
  slack_configs:
  - channel: '#alerts'
    title: '{{ template "slack.title" . }}'
    text: >-
      {{ range .Alerts }}{{ .Annotations.summary }} please change your on-call{{ end }}
- name: pager
  pagerduty_configs:
  - service_key: 7c1f0b93e2d84a56bb0e5f1d2c3a4b59
    service_key_file: /etc/alertmanager/secrets/pagerduty
`,
  'grafana.ini': `# Change me before you go live
[server]
root_url = %(protocol)s://%(domain)s:%(http_port)s/
[security]
;admin_password = admin
# default secret_key is SW2YcwTIb9zpOOhoPsMm
admin_password = $__file{/etc/secrets/admin_password}
secret_key = $__env{GF_SECRET_KEY}
disable_initial_admin_creation = false
[users]
login_hint = email or username
password_hint = password
[auth.generic_oauth]
client_secret = ${GOOD.key}
token_url = https://id.acme.io/oauth/token
[smtp]
password = """${GOOD.password}"""
`,
  'nginx.conf': `user nginx;
worker_processes auto;
http {
  log_format main '$remote_addr - $remote_user [$time_local] "$request"';
  server {
    listen 443 ssl;
    server_name ledger.acme.io;
    ssl_certificate_key /etc/nginx/tls/tls.key;
    location / { proxy_pass http://app:8080; proxy_set_header X-Token $http_x_token; }
  }
}
`,
  'my.cnf': `[client]
user=backup
password=${GOOD.password}
socket=/var/run/mysqld/mysqld.sock
[mysqld]
default_authentication_plugin=mysql_native_password
validate_password.policy=MEDIUM
skip-name-resolve
`,
  'userlist.txt': `"app" "SCRAM-SHA-256$4096:Zm9vYmFyYmF6cXV4MTIz$h1:h2"\n"pooler" "md5c39ffcf8a8b9d3a7e0f6a1b2c3d4e5f6"\n`,
  '.npmrc': `//registry.npmjs.org/:_authToken=npm_${GOOD.key.slice(0, 36)}\nalways-auth=true\n`,
  'dex.yaml': `issuer: https://dex.acme.io\nstaticClients:\n- id: ledger\n  secretEnv: LEDGER_SECRET\n- id: shop\n  secret: ${GOOD.key}\n`,
  '.yarnrc': '//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n',
  '.pypirc': `[distutils]\nindex-servers =\n    pypi\n[pypi]\nusername = __token__\npassword = pypi-${GOOD.key}\n`,
  '.netrc': `machine git.acme.io login ci-bot password ${GOOD.password}\n`,
  'odbc.ini': `[ledger]\nDriver = PostgreSQL Unicode\nServername = db.acme.io\nUID = ledger\nPWD = ${GOOD.password}\n`,
  'application.properties': `spring.datasource.url=jdbc:postgresql://db:5432/ledger
spring.datasource.username=ledger
spring.datasource.password=\${DB_PASSWORD:default}
jwt.secret=\${JWT_SECRET:changeme}
app.mail.password=ENC(G6N718UuyPE5bHyWKyuLQSm02auQPUtm)
management.endpoint.health.show-details=always
server.ssl.key-store-password=${GOOD.password}
spring.cloud.vault.token=\${vault.token}
`,
  'application.yml': `spring:
  datasource:
    url: jdbc:postgresql://db:5432/ledger
    username: ledger
    password: "\${DB_PASSWORD}"
  security:
    oauth2:
      client:
        registration:
          google: {client-id: ledger-web, client-secret: '\${GOOGLE_SECRET}', scope: [openid, email]}
auth:
  existingSecret: postgres-secret
  secretKeys: {adminPasswordKey: postgres-password, userPasswordKey: password}
  tokens:
    ttl: 3600
`,
  'prod.tfvars': `region         = "eu-west-1"\ndb_password    = "${GOOD.password}"\ntoken_ttl      = 3600\nallowed_cidrs  = ["10.0.0.0/8"]\n`,
  'rclone.conf': `[drive]
type = drive
client_secret = ${GOOD.other}
token = {"access_token":"ya29.${GOOD.key}","token_type":"Bearer","refresh_token":"1//${GOOD.refresh}","expiry":"2026-11-25T12:00:00Z"}
[s3]
type = s3
env_auth = false
secret_access_key = ${GOOD.key.slice(0, 40)}
`,
  credentials: `[default]
aws_access_key_id = AKIA5Q7ZX2NLM4RTVWKD
aws_secret_access_key = ${GOOD.key.slice(0, 40)}
[ci]
role_arn = arn:aws:iam::123456789012:role/ci
credential_source = Ec2InstanceMetadata
`,
  'vault.hcl': `ui = true
storage "raft" {
  path    = "/vault/data"
}
seal "awskms" {
  kms_key_id = "3f1f0b93-e2d8-4a56-bb0e-5f1d2c3a4b59"
}
telemetry {
  prometheus_retention_time = "30s"
}
`,
  'ca-bundle.pem': `subject=CN = Acme Root\nissuer=CN = Acme Root\n${CERTIFICATE}\n# Acme Intermediate\n${CERTIFICATE}`,
  'tls.key': PRIVATE_KEY,
  'ec.key': `-----BEGIN EC PARAMETERS-----\nBgUrgQQAIg==\n-----END EC PARAMETERS-----\n${PRIVATE_KEY.replaceAll('PRIVATE', 'EC PRIVATE')}`,
  'encrypted.key': PRIVATE_KEY.replace(
    'KEY-----\n',
    'KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,7C1F0B93E2D84A56BB0E5F1D2C3A4B59\n\n',
  ),
  'public.pem':
    '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n',
  'one-line.pem': CERTIFICATE.replaceAll('\n', '\\n'),
  DATABASE_DSN: `Server=db;Database=ledger;User Id=ledger;Password=${GOOD.password};Encrypt=true;`,
  AZURE_STORAGE: `DefaultEndpointsProtocol=https;AccountName=ledgerprod;AccountKey=${base64(GOOD.key + GOOD.csrf.slice(0, 16))};EndpointSuffix=core.windows.net`,
  SERVICE_BUS: `Endpoint=sb://ledger.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=${base64(GOOD.key.slice(0, 32))}`,
  SLACK_URL: 'https://hooks.slack.com/services/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',
  DISCORD_URL: `https://discord.com/api/webhooks/1048576120938475610/${GOOD.key}`,
  CALLBACK_URL:
    'https://id.acme.io/authorize?response_type=token&client_id=ledger&redirect_uri=https://acme.io/cb',
  SAS_URL: `https://ledger.blob.core.windows.net/backups?sv=2022-11-02&sp=rl&sig=${encodeURIComponent(base64(GOOD.key.slice(0, 32)))}`,
  'kafka.properties': `security.protocol=SASL_SSL\nsasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="ledger" password="${GOOD.password}";\n`,
  'values.yaml': `# Replace the image before you deploy
image: {repository: acme/ledger, tag: "1.4.2"}
imagePullSecrets: [regcred]
extraEnv:
- name: DB_PASSWORD
  valueFrom: {secretKeyRef: {name: ledger-db, key: password}}
auth:
  secret: ledger-auth
  tokenUrl: https://id.acme.io/token
  password: ""
ui: {placeholder: "Enter your name here", passwordHint: your password}
`,
  'tomcat-users.xml': `<tomcat-users>\n<user username="ci" password="${GOOD.password}" roles="manager-gui"/>\n<ds password="\${DB_PASSWORD}" secret="true"/>\n</tomcat-users>\n`,
  'settings.xml': `<?xml version="1.0"?>\n<server><username>ci</username><password>${GOOD.password}</password></server>\n<property name="token">\${env.TOKEN}</property>\n`,
  'init.sql': `CREATE USER app WITH PASSWORD '${GOOD.password}';\nCREATE ROLE reader LOGIN PASSWORD :'reader_password';\nALTER ROLE app PASSWORD NULL;\n`,
  'wp-config.php': `<?php\ndefine('DB_PASSWORD', getenv('DB_PASSWORD'));\ndefine('AUTH_KEY', '${GOOD.key}');\n// change me\n`,
  'settings.py': `import os\nSECRET_KEY = os.environ["SECRET_KEY"]\nDB_PASSWORD = "${GOOD.password}"\ntoken = self.next_token\nTOKENS = {\n}\n`,
  'rules.php': `<?php return ['password' => 'required|min:12|confirmed', 'api_token' => 'nullable|string'];\n`,
  'haproxy.cfg': `global\n  log stdout format raw local0\nuserlist ops\n  user ci insecure-password ${GOOD.password}\n  user root password $5$rounds=10000$abcdefgh$${GOOD.key}\nlisten stats\n  stats auth admin:${GOOD.other}\n`,
  'advanced.config': `[{rabbit, [{default_user, <<"shop">>}, {default_pass, <<"${GOOD.password}">>}, {loopback_users, []}]}].\n`,
  'redis.conf': `bind 0.0.0.0\nrequirepass ${GOOD.password}\n# masterauth changeme\nmaxmemory 1gb\n`,
  'nats.creds': `-----BEGIN NATS USER JWT-----\neyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.${GOOD.refresh}.${GOOD.csrf}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\nSUAGQH7BRXC5Z3WLTMKVDJ2PN6EYFA4UO3IS5RHQXW7ZKBLCTMVDJ2PN6Y\n------END USER NKEY SEED------\n`,
  'init.sh': '#!/bin/sh\nexport DB_PASSWORD=$(openssl rand -hex 16)\necho "password=changeme" > /dev/null\n',
  'app.env': `DB_USER=ledger\nDB_PASSWORD=${GOOD.password}\nTOKEN=$(cat /run/token)\nAPI_KEY=\`cat key\`\nJWT_SECRET="$JWT"\n`,
  'workflow.yml': 'permissions:\n  id-token: write\n  contents: read\nsecrets: inherit\n',
  PASSWORD_WITH_SIGNS: `{x;y=${GOOD.password.slice(0, 12)}`,
};
