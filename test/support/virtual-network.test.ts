import { VirtualClock } from './virtual-clock.ts';
import { VirtualNetwork } from './virtual-network.ts';
import { transportContract } from './transport-contract.ts';

transportContract({
  name: 'the virtual network',
  transport: () => {
    const network = new VirtualNetwork(new VirtualClock());
    network.nature.congestedBytes = 64 * 1024;
    return network.transport('mem');
  },
  bindAddress: () => '*',
  malformed: { bind: 'not allowed', connect: '*' },
  invented: true,
});
