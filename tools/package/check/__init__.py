"""The validator: whether every Dify host will take a package, a bundle or an unpacked package.

Its rules are the intersection of what the daemon, the SDK, Dify's API and the marketplace accept.
A problem is what one of them refuses or mishandles, as far as it is in the power of who builds the
package. A warning is what only the owner can fill in (repository, contact) or what all of them
accept although it is seldom meant. It reads files and never runs what is in them.
"""

from tools.package.check.inspection import problems_of, verdict_of, warnings_of
from tools.package.check.problem import Problem, Verdict

__all__ = ["Problem", "Verdict", "problems_of", "verdict_of", "warnings_of"]
