import { Injectable } from '@nestjs/common';

/** Whether this process is shutting down, for /health and for connections to clients. */
@Injectable()
export class DrainState {
  draining = false;
}
