"""What a phone app does to bring a product online: the device's portal, the cloud, and the way between them.

No step, exception or log line of this package holds a secret.
"""

from firstlight.phone.account import ClaimCode, CloudAccount, CloudError, Token
from firstlight.phone.advice import ADVICE, Advice, ProvisioningFailed, advice
from firstlight.phone.journey import Provisioned, Step, provision
from firstlight.phone.portal import Portal, PortalUnreachable

__all__ = [
    "ADVICE",
    "Advice",
    "ClaimCode",
    "CloudAccount",
    "CloudError",
    "Portal",
    "PortalUnreachable",
    "Provisioned",
    "ProvisioningFailed",
    "Step",
    "Token",
    "advice",
    "provision",
]
