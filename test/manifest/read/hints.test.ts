import t from 'tap';
import { aSecret, read, readText } from '../../helpers/commands/manifest-text.ts';

t.test('reports a file that another tool renders as a hint', async (t) => {
  const dir = t.testdir({
    overlay: { 'kustomization.yaml': 'secretGenerator: [{name: a, literals: [A=x]}]\n' },
    chart: {
      'Chart.yaml': 'name: c\n',
      'values.yaml': 'secret: x\n',
      templates: { 'secret.yaml': aSecret('stringData:\n  A: {{ .Values.secret }}\n') },
    },
    other: { templates: { 'a.yaml': aSecret('stringData:\n  A: {{ .Values.secret }}\n') } },
    'external.yaml': 'apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a}\n',
  });
  const files = await read([dir]);
  t.same(
    files.flatMap(({ errors }) => errors),
    [],
  );
  t.same(
    files.flatMap(({ hints }) =>
      hints.map(({ kind, target = '' }) => `${kind} ${target.replace(`${dir}/`, '')}`),
    ),
    ['chart chart', 'external-secret ', 'chart other', 'kustomization overlay'],
  );
  const { errors } = await readText(aSecret('stringData:\n  A: {{ .Values.secret }}\n'));
  t.match(errors, [{ message: /helm template/ }]);
  t.match((await readText(`${aSecret()}...\n${aSecret()}`)).hints, [{ kind: 'ignored-rest', line: 8 }]);
});
