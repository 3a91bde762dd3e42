"""OpenStack Swift with its S3 API: a store of one disk in the given folder that ends with its parent process. The second
argument is the number of objects per page of a listing.

Prints "ready <url>" when it serves. Four processes as in production (proxy, account, container, object); signatures,
atomic puts, multi-part uploads and listings are Swift's own. Only memcached is replaced, by a dictionary in the proxy.
"""

import ctypes
import os
import signal
import socket
import sys
import time

USER = 'server:media'
PASSWORD = 'correct-horse-battery'
SERVERS = ('account', 'container', 'object')
PIPELINE = 'catch_errors gatekeeper listing_formats memory s3api tempauth copy dlo slo versioned_writes proxy-server'


class Memory:
    """The part of the memcached client that Swift uses."""

    def __init__(self):
        self.kept = {}

    def get(self, key, **_):
        value, until = self.kept.get(key, (None, 0))
        return value if until == 0 or until > time.time() else None

    def set(self, key, value, **options):
        seconds = options.get('time', 0)
        self.kept[key] = (value, time.time() + seconds if seconds else 0)

    def delete(self, key, **_):
        self.kept.pop(key, None)

    def incr(self, key, delta=1, **options):
        value = max(0, int(self.get(key) or 0) + delta)
        self.set(key, value, **options)
        return value

    def decr(self, key, delta=1, **options):
        return self.incr(key, -delta, **options)


def memory_filter(_global_conf, **_):
    memory = Memory()

    def factory(app):
        def call(env, start_response):
            env['swift.cache'] = memory
            return app(env, start_response)

        return call

    return factory


def free_ports(count):
    """Free ports, held open together so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(('127.0.0.1', 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def write(path, sections):
    with open(path, 'w') as file:
        for name, settings in sections.items():
            file.write('[%s]\n%s\n\n' % (name, '\n'.join('%s = %s' % pair for pair in settings.items())))


def server_conf(folder, name, port, page):
    import getpass

    user = getpass.getuser()
    default = {'bind_ip': '127.0.0.1', 'bind_port': port, 'swift_dir': folder, 'user': user, 'workers': 0}
    if name == 'proxy':
        return {
            'DEFAULT': default,
            'pipeline:main': {'pipeline': PIPELINE},
            'app:proxy-server': {
                'use': 'egg:swift#proxy',
                'account_autocreate': 'true',
                # Long timeouts: a machine that is busy with a whole test suite is slow, not broken.
                'node_timeout': 60,
                'conn_timeout': 10,
                'error_suppression_limit': 1000000,
            },
            **{
                'filter:' + each: {'use': 'egg:swift#' + each}
                for each in 'catch_errors gatekeeper listing_formats copy dlo slo versioned_writes'.split()
            },
            'filter:memory': {'paste.filter_factory': 'swift_store:memory_filter'},
            'filter:s3api': {'use': 'egg:swift#s3api', 'location': 'us-east-1', 'max_bucket_listing': page},
            'filter:tempauth': {'use': 'egg:swift#tempauth', 'user_' + USER.replace(':', '_'): PASSWORD + ' .admin'},
        }
    return {
        # A listing update that times out would wait for a daemon that does not run here.
        'DEFAULT': {**default, 'devices': folder + '/devices', 'mount_check': 'false', 'container_update_timeout': 60,
                    'node_timeout': 60, 'conn_timeout': 10},
        'pipeline:main': {'pipeline': name + '-server'},
        'app:%s-server' % name: {'use': 'egg:swift#' + name},
    }


def write_ring(folder, name, port):
    from swift.common.ring import RingBuilder

    builder = RingBuilder(2, 1, 0)
    builder.add_dev({'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': port, 'replication_ip': '127.0.0.1',
                     'replication_port': port, 'device': 'd1', 'weight': 1, 'meta': ''})
    builder.rebalance()
    builder.get_ring().save('%s/%s.ring.gz' % (folder, name))


def serve(folder, name):
    """Serves in a separate process that ends with its parent."""
    pid = os.fork()
    if pid:
        return pid
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    from swift.common.wsgi import run_wsgi

    os._exit(run_wsgi('%s/%s.conf' % (folder, name), name + '-server', log_name=name) or 0)


def wait_for(port):
    for _ in range(600):
        if os.waitpid(-1, os.WNOHANG) != (0, 0):
            raise SystemExit('a server of swift ended')  # another process may have taken its port meanwhile
        with socket.socket() as probe:
            if probe.connect_ex(('127.0.0.1', port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit('swift did not start')


def main(folder, page):
    os.makedirs(folder + '/devices/d1')
    write(folder + '/swift.conf', {'swift-hash': {'swift_hash_path_prefix': 'a', 'swift_hash_path_suffix': 'b'}})
    sys.modules['swift_store'] = sys.modules['__main__']
    from swift.common import utils

    utils.SWIFT_CONF_FILE = folder + '/swift.conf'
    ports = dict(zip(SERVERS + ('proxy',), free_ports(4)))
    for name, port in ports.items():
        if name != 'proxy':
            write_ring(folder, name, port)
        write('%s/%s.conf' % (folder, name), server_conf(folder, name, port, page))
    import swift.common.wsgi  # once, before the processes part

    for name in ports:
        serve(folder, name)
    for port in ports.values():
        wait_for(port)
    print('ready http://127.0.0.1:%d' % ports['proxy'], flush=True)
    sys.stdin.read()  # until the parent closes it or ends


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2])
