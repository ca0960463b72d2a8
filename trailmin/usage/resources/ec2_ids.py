"""EC2's ids: the type of a resource shows in how its id begins.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html and the examples of ids in
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/
"""

from functools import lru_cache

PREFIXES = {
    "capacity-reservation": "cr-",
    "capacity-reservation-fleet": "crf-",
    "carrier-gateway": "cagw-",
    "client-vpn-endpoint": "cvpn-endpoint-",
    "coip-pool": "ipv4pool-coip-",
    "customer-gateway": "cgw-",
    "dedicated-host": "h-",
    "dhcp-options": "dopt-",
    "egress-only-internet-gateway": "eigw-",
    "elastic-ip": "eipalloc-",
    "export-image-task": "export-ami-",
    "export-instance-task": "export-i-",
    "fleet": "fleet-",
    "fpga-image": "afi-",
    "host-reservation": "hr-",
    "image": "ami-",
    "import-image-task": "import-ami-",
    "import-snapshot-task": "import-snap-",
    "instance": "i-",
    "instance-connect-endpoint": "eice-",
    "instance-event-window": "iew-",
    "internet-gateway": "igw-",
    "ipam": "ipam-",
    "ipam-pool": "ipam-pool-",
    "ipam-resource-discovery": "ipam-res-disco-",
    "ipam-resource-discovery-association": "ipam-res-disco-assoc-",
    "ipam-scope": "ipam-scope-",
    "ipv4pool-ec2": "ipv4pool-ec2-",
    "ipv6pool-ec2": "ipv6pool-ec2-",
    "key-pair": "key-",
    "launch-template": "lt-",
    "local-gateway": "lgw-",
    "local-gateway-route-table": "lgw-rtb-",
    "local-gateway-route-table-vpc-association": "lgw-vpc-assoc-",
    "local-gateway-virtual-interface": "lgw-vif-",
    "local-gateway-virtual-interface-group": "lgw-vif-grp-",
    "natgateway": "nat-",
    "network-acl": "acl-",
    "network-insights-access-scope": "nis-",
    "network-insights-access-scope-analysis": "nisa-",
    "network-insights-analysis": "nia-",
    "network-insights-path": "nip-",
    "network-interface": "eni-",
    "placement-group": "pg-",
    "prefix-list": "pl-",
    "replace-root-volume-task": "replacevol-",
    "route-server": "rs-",
    "route-server-endpoint": "rse-",
    "route-server-peer": "rsp-",
    "route-table": "rtb-",
    "security-group": "sg-",
    "security-group-rule": "sgr-",
    "snapshot": "snap-",
    "spot-fleet-request": "sfr-",
    "spot-instances-request": "sir-",
    "subnet": "subnet-",
    "subnet-cidr-reservation": "scr-",
    "traffic-mirror-filter": "tmf-",
    "traffic-mirror-filter-rule": "tmfr-",
    "traffic-mirror-session": "tms-",
    "traffic-mirror-target": "tmt-",
    "transit-gateway": "tgw-",
    "transit-gateway-attachment": "tgw-attach-",
    "transit-gateway-connect-peer": "tgw-connect-peer-",
    "transit-gateway-multicast-domain": "tgw-mcast-domain-",
    "transit-gateway-policy-table": "tgw-ptb-",
    "transit-gateway-route-table": "tgw-rtb-",
    "verified-access-endpoint": "vae-",
    "verified-access-group": "vagr-",
    "verified-access-instance": "vai-",
    "verified-access-trust-provider": "vatp-",
    "volume": "vol-",
    "vpc": "vpc-",
    "vpc-block-public-access-exclusion": "vpcbpa-exclude-",
    "vpc-endpoint": "vpce-",
    "vpc-endpoint-service": "vpce-svc-",
    "vpc-flow-log": "fl-",
    "vpc-peering-connection": "pcx-",
    "vpn-connection": "vpn-",
    "vpn-gateway": "vgw-",
}
"""Resource type → the beginning of its ids. Of key pairs and placement groups the ARN has the name, not the id."""

_TYPES = {prefix: kind for kind, prefix in PREFIXES.items()}


@lru_cache(maxsize=4096)
def type_of_id(text: str) -> str | None:
    """The resource type of an id, by the longest beginning that is known (`tgw-rtb-`, not `tgw-`); None for others."""
    ends = [index + 1 for index, letter in enumerate(text) if letter == "-"]
    return next((_TYPES[text[:end]] for end in reversed(ends) if text[:end] in _TYPES), None)
