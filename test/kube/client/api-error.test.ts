import t from 'tap';
import { ApiStatusError, clusterError } from '../../../src/kube/client/api-error.ts';

const VALUE = 'orchid-lantern-basalt';

const reported = (code: number, message: string): string =>
  clusterError(
    new ApiStatusError(code, JSON.stringify({ kind: 'Status', code, message })),
    'https://api',
    'writing a',
  ).message;

t.test('names only the webhook or policy of a denial, whatever its status', async (t) => {
  const messages = [
    `admission webhook "deny.example.com" denied the request: ${VALUE}`,
    `Internal error occurred: admission webhook "deny.example.com" denied the request: ${VALUE}`,
    `Internal error occurred: failed calling webhook "deny.example.com": failed to call webhook: an error on the server ("${VALUE}") has prevented the request from succeeding`,
    `secrets "a" is forbidden: ValidatingAdmissionPolicy 'deny.example.com' with binding 'b' denied request: ${VALUE}`,
    `MutatingAdmissionPolicy 'deny.example.com' with binding 'b' denied request: ${VALUE}`,
  ];
  for (const message of messages) {
    for (const code of [400, 403, 404, 422, 429, 500, 503]) {
      t.match(reported(code, message), /^the API server refused while writing a: .*deny\.example\.com/);
      t.notMatch(reported(code, message), VALUE);
    }
  }
});

t.test('names the command that makes a role with a missing right', async (t) => {
  const missing = (resource: string, group: string) =>
    `x is forbidden: User "u" cannot get resource "${resource}" in API group "${group}" in the namespace "a"`;
  for (const [resource, group, full] of [
    ['secrets', '', 'secrets'],
    ['deployments', 'apps', 'deployments.apps'],
  ] as const)
    t.equal(
      reported(403, missing(resource, group)),
      `the API server refused while writing a: ${missing(resource, group)}; bind a role with this right to the user, as kubectl create clusterrole lockstep-${resource} --verb=get --resource=${full} makes one`,
    );
  t.notMatch(reported(403, missing('secrets; rm', '')), 'clusterrole');
});

t.test('repeats a message of the API server itself in full', async (t) => {
  for (const message of ['etcdserver: no leader', 'secrets "webhook" is forbidden: exceeded quota: q']) {
    t.equal(reported(500, message), `the API server refused while writing a: ${message}`);
  }
  t.match(reported(500, ''), 'HTTP 500');
});
