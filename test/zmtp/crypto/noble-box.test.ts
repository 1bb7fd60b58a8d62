import { nobleBoxCipher } from '../../../src/zmtp/crypto/noble-box.ts';
import { boxContract } from '../../support/box-contract.ts';

boxContract(nobleBoxCipher);
