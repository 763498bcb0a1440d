import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import t from 'tap';
import { aReview, bytesOf } from '../../helpers/admission/review.ts';
import { everything, post } from '../../helpers/admission/serving.ts';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { type KeyPair, makeClientCertificate } from '../../testbed/cluster/pki.ts';

const NAME = 'kube-apiserver-lockstep';

const folder = t.testdir();
const { ca, client } = await makeClientCertificate(NAME);
const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};
const caFile = write('clients.crt', ca);
const configuration = write('admission.yaml', admissionConfiguration(aKubeconfig(client)));
const { cluster, lockstep } = await aClusterWithLockstep(t, {
  apiServerFlags: [`--admission-control-config-file=${configuration}`],
  clients: { caFile, name: NAME },
});

/** As in docs/operate/certificates.md#require-a-client-certificate. The port of the Service is not free on every machine that runs this. */
function aKubeconfig({ cert, key }: KeyPair): string {
  const user = { 'client-certificate': write('client.crt', cert), 'client-key': write('client.key', key) };
  const users = ['*.lockstep-system.svc', '*'].map((name) => ({ name, user }));
  return write('admission.kubeconfig', JSON.stringify({ apiVersion: 'v1', kind: 'Config', users }));
}

function admissionConfiguration(kubeConfigFile: string): string {
  const apiVersion = 'apiserver.config.k8s.io/v1';
  const plugins = ['MutatingAdmissionWebhook', 'ValidatingAdmissionWebhook'].map((name) => ({
    name,
    configuration: { apiVersion, kind: 'WebhookAdmissionConfiguration', kubeConfigFile },
  }));
  return JSON.stringify({ apiVersion, kind: 'AdmissionConfiguration', plugins });
}

const review = bytesOf(aReview());
const to = async () => ({
  host: lockstep.address,
  port: lockstep.port,
  servername: SERVER,
  ca: await lockstep.ca(),
});
const SERVER = 'lockstep-webhook.lockstep-system.svc';

t.test('answers an API server that shows its certificate', async (t) => {
  const create = 'create secret generic shop --from-literal=JWT_SECRET=changeme'.split(' ');
  const { exitCode, stderr } = await cluster.kubectl(create);
  t.equal(exitCode, 1);
  t.match(stderr, 'data[JWT_SECRET]: is a placeholder');
});

t.test('refuses a client without a certificate, or with one of another CA or name', async (t) => {
  const address = await to();
  const { client: stranger } = await makeClientCertificate(NAME);
  for (const shown of [{}, stranger]) {
    const socket = connect({ ...address, ...shown });
    socket.write(`POST /validate HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
    t.equal(await everything(socket), '');
  }
});

t.test('opens the port with the certificate of the API server', async (t) => {
  const { port, ca: servers, host, servername } = await to();
  const options = { host, servername, cert: client.cert, key: client.key };
  t.equal((await post({ port, ca: servers }, '/validate', review, options)).status, 200);
});
