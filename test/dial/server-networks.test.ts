import t from 'tap';
import { serverNetworks } from '../../src/dial/server-networks.ts';

const nobody = async (): Promise<readonly string[]> => [];
const networks = serverNetworks([], nobody);

t.test('refuses addresses that are local to the controller, in every notation', async (t) => {
  for (const address of [
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '0.1.2.3',
    '169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    '168.63.129.16',
    '100.100.100.200',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'ff02::1',
    'fd00:ec2::254',
    'FD00:0EC2:0:0:0:0:0:0254',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:169.254.169.254',
    '::ffff:0:127.0.0.1',
    '::127.0.0.1',
    '64:ff9b::127.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::7f00:1',
    '2002:7f00:1::1',
    '2001::1',
  ])
    t.notOk(await networks.allows(address), address);
});

t.test('allows every other address', async (t) => {
  for (const address of [
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '203.0.113.7',
    'fd00::1',
    '2001:db8::1',
    '::ffff:10.0.0.1',
    '64:ff9b::10.0.0.1',
    '2002:a00:1::1',
  ])
    t.ok(await networks.allows(address), address);
});

t.test('prefers an allowed network to the blocked ones', async (t) => {
  const allowed = [
    { address: '127.0.0.0', prefix: 8 },
    { address: 'fe80::', prefix: 64 },
  ];
  const networks = serverNetworks(allowed, async () => ['127.0.0.1', '10.0.0.1']);
  for (const address of ['127.0.0.1', '127.9.9.9', '::ffff:127.0.0.1', 'fe80::7%eth0'])
    t.ok(await networks.allows(address), address);
  for (const address of ['169.254.169.254', '::1', 'fe80:0:0:1::7', '10.0.0.1'])
    t.notOk(await networks.allows(address), address);
});

t.test('refuses the current address of the API server', async (t) => {
  let addresses: readonly string[] = ['10.96.0.1', 'fd00::a'];
  const networks = serverNetworks([], async () => addresses);
  for (const address of ['10.96.0.1', '::ffff:10.96.0.1', 'fd00:0:0::000a'])
    t.notOk(await networks.allows(address), address);
  addresses = ['10.96.0.2'];
  t.ok(await networks.allows('10.96.0.1'));
  t.notOk(await networks.allows('10.96.0.2'));
});
