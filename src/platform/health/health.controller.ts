import { Controller, Get, Header, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { DrainState } from '../http/drain-state.js';
import { Readiness } from './readiness.js';

const ENDING: HealthCheckResult = {
  status: 'shutting_down',
  info: {},
  error: { process: { status: 'down', message: 'This process is ending: send requests to another one.' } },
  details: { process: { status: 'down' } },
};

/** How the house is, for people, balancers and orchestrators. Answers are never cached, not even by us for long. */
@Controller(['health', 'api/streaming/health'])
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly readiness: Readiness,
    private readonly state: DrainState,
  ) {}

  /** 200 when everything is well, else 503 with a sentence for each thing that is not. */
  @Get(['', 'ready'])
  @HealthCheck()
  async ready(): Promise<HealthCheckResult> {
    if (this.state.draining) throw new ServiceUnavailableException(ENDING);
    return this.health.check(this.readiness.reports());
  }

  /** Asks nobody: a house that cannot answer this is to be started again. */
  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(): { status: 'ok'; uptimeSeconds: number } {
    return { status: 'ok', uptimeSeconds: Math.floor(process.uptime()) };
  }
}
