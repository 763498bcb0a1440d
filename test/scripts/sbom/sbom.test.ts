import t from 'tap';
import { type Bom, sbomOf } from '../../../scripts/sbom/sbom.ts';

const component = (name: string, version: string) => ({
  'bom-ref': `${name}@${version}`,
  type: 'library',
  name,
  version,
});
const npm: Bom = {
  bomFormat: 'CycloneDX',
  metadata: {
    component: {
      ...component('clone', '0.1.0'),
      properties: [{ name: 'cdx:npm:package:private', value: 'true' }],
    },
  },
  components: [component('fastify', '5.0.0'), component('tap', '21.0.0'), component('ret', '1.0.0')],
  dependencies: [
    { ref: 'clone@0.1.0', dependsOn: ['fastify@5.0.0', 'tap@21.0.0'] },
    { ref: 'fastify@5.0.0', dependsOn: ['ret@1.0.0'] },
    { ref: 'tap@21.0.0', dependsOn: [] },
  ],
};

t.test('keeps only what is in the release, and puts the system before it', async (t) => {
  const bundled = [
    { name: 'fastify', version: '5.0.0' },
    { name: 'ret', version: '1.0.0' },
  ];
  const node = {
    type: 'application',
    name: 'node',
    version: '26.0.0',
    purl: 'pkg:generic/node@26.0.0',
  } as const;
  const sbom = sbomOf(npm, bundled, [node]);
  t.same(
    sbom.components.map(({ name }) => name),
    ['node', 'fastify', 'ret'],
  );
  t.equal(sbom.metadata.component.name, 'lockstep');
  t.notOk(sbom.metadata.component.properties);
  t.same(sbom.dependencies, [
    { ref: 'clone@0.1.0', dependsOn: ['fastify@5.0.0'] },
    { ref: 'fastify@5.0.0', dependsOn: ['ret@1.0.0'] },
  ]);
});

t.test('fails for a package that npm does not know', async (t) => {
  t.throws(() => sbomOf(npm, [{ name: 'fastify', version: '9.9.9' }]), {
    message: 'npm sbom does not list fastify@9.9.9, which is in the release',
  });
});
