import { Injectable } from '@nestjs/common';

/** Whether this process is about to end, for whoever tells it to balancers and to clients. */
@Injectable()
export class DrainState {
  draining = false;
}
