import t from 'tap';
import { CREDENTIAL_CONDITIONS } from '../../src/engine/login/status/status.ts';
import { EVENT_REASONS } from '../../src/engine/secret/kubernetes/event-reasons.ts';
import { readPage } from '../helpers/pages/pages.ts';

const events = await readPage('docs/reference/events-and-conditions.md');
const breakGlass = await readPage('docs/tasks/break-glass.md');

t.test('the pages on Events have each reason that lockstep gives', async (t) => {
  const pages = events + breakGlass;
  for (const reason of Object.keys(EVENT_REASONS)) t.match(pages, `\`${reason}\``);
});

t.test('the page has each condition and reason of a PostgresCredential', async (t) => {
  for (const [type, byStatus] of Object.entries(CREDENTIAL_CONDITIONS))
    for (const [status, reasons] of Object.entries(byStatus)) {
      t.match(events, `\`${type}=${status}\``);
      for (const reason of Object.keys(reasons)) t.match(events, `\`${reason}\``);
    }
});
