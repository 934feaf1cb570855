# SPDX-License-Identifier: Apache-2.0
"""The two programs that load rules of iptables: by nf_tables, and the legacy one."""
import shutil
import subprocess

import probe

VARIANTS = ('nft', 'legacy')
FAMILIES = ('iptables', 'ip6tables')


def program(variant, family, verb):
    return '%s-%s-%s' % (family, variant, verb)


def restore(router, variant, family, text, *options):
    probe.run('ip', 'netns', 'exec', router, program(variant, family, 'restore'), *options,
              text=text)


def works(variant):
    """False where the kernel or the system has not got this variant."""
    if shutil.which(program(variant, 'iptables', 'restore')) is None:
        return False
    probe.add_router('try')
    done = subprocess.run(['ip', 'netns', 'exec', 'try', program(variant, 'iptables', 'save'),
                           '-t', 'filter'], capture_output=True)
    probe.remove_router('try')
    return done.returncode == 0


def variants_here():
    found = [variant for variant in VARIANTS if works(variant)]
    for variant in VARIANTS:
        if variant not in found:
            print('# iptables-%s does not work here: not tested' % variant)
    return found
