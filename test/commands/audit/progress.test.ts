import t from 'tap';
import { openAuditProgress } from '../../../src/commands/audit/progress.ts';
import { aFinding, anAudited, tallyOf } from '../../helpers/commands/audited.ts';

/** The whole output in order. `now` moves the clock. */
function aTerminal(isTTY = true) {
  const written: string[] = [];
  let now = 0;
  const stream = (name: string) => ({
    fd: -1,
    isTTY,
    write: (text: string) => written.push(`${name} ${text}`),
  });
  const progress = openAuditProgress({ stdout: stream('out'), stderr: stream('err') }, () => now);
  const wait = (milliseconds: number): void => {
    now += milliseconds;
  };
  return { ...progress, written, wait };
}

const tally = tallyOf([anAudited({ findings: [aFinding()] }), anAudited({ ref: 'web/app' })]);
const LINE = 'err \r\u001b[Kvalidated 2 Secrets in 2 namespaces: 1 would be denied';
const CLEAR = 'err \r\u001b[K';

t.test('updates one line of the terminal at once, and then ten times a second', async (t) => {
  const { update: tell, wait, written } = aTerminal();
  for (let secret = 0; secret < 30; secret += 1) {
    tell(tally);
    wait(10);
  }
  t.same(written, [LINE, LINE, LINE]);
});

t.test('prints text above the progress line, and clears the line at the end', async (t) => {
  const { update: tell, showStatus: say, print, clear, written } = aTerminal();
  say('reading');
  print('shop\n');
  print('');
  print('web\n');
  tell(tally);
  clear();
  clear();
  t.same(written, [`${CLEAR}reading`, CLEAR, 'out shop\n', 'out web\n', LINE, CLEAR]);
});

t.test('shows nothing without a terminal', async (t) => {
  const { update: tell, showStatus: say, print, clear, written } = aTerminal(false);
  say('reading');
  tell(tally);
  print('shop\n');
  clear();
  t.same(written, ['out shop\n']);
});
