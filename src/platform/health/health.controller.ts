import { Controller, Get, Header, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { DrainState } from '../http/drain-state.service.js';
import { Readiness } from './readiness.service.js';

const ENDING: HealthCheckResult = {
  status: 'shutting_down',
  info: {},
  error: { process: { status: 'down', message: 'This process is ending: send requests to another one.' } },
  details: { process: { status: 'down' } },
};

/** The state of the server, for operators, load balancers and orchestrators. Clients must not cache the answers. */
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

  /** Checks no dependency: a process that does not answer this has to be restarted. */
  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(): { status: 'ok'; uptimeSeconds: number } {
    return { status: 'ok', uptimeSeconds: Math.floor(process.uptime()) };
  }
}
