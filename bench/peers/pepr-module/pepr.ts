// @ts-nocheck: Pepr is installed only where the bench builds this module.
// biome-ignore lint/correctness/noUnresolvedImports: the same
import { a, Capability, PeprModule } from 'pepr';
import cfg from './package.json' with { type: 'json' };

const WORDS = ['changeme', 'change_me', 'password', 'secret', 'todo', 'example'];

const bench = new Capability({
  name: 'bench',
  description: 'Compares six words, and derives one key.',
  namespaces: [],
});

// Pepr decodes the values of a Secret before, and encodes them after.
bench
  .When(a.Secret)
  .IsCreatedOrUpdated()
  .Mutate((secret) => {
    const {
      POSTGRES_USER: user,
      POSTGRES_PASSWORD: password,
      POSTGRES_DB: database,
      POSTGRES_HOST: host,
    } = secret.Raw.data ?? {};
    if (user === undefined || password === undefined || database === undefined) return;
    const url = `postgresql://${user}:${encodeURIComponent(password)}@${host}:5432/${database}?sslmode=disable`;
    if (secret.Raw.data.DATABASE_URL !== url) secret.Raw.data.DATABASE_URL = url;
  })
  .Validate((secret) => {
    for (const [key, value] of Object.entries(secret.Raw.data ?? {})) {
      const text = value.toLowerCase();
      if (WORDS.some((word) => text === word)) return secret.Deny(`${key} is a placeholder`);
    }
    return secret.Approve();
  });

new PeprModule(cfg, [bench], { deferStart: true }).start(Number(process.env.BENCH_PORT));
