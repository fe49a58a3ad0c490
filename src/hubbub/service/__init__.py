"""The use cases: each authorises, decides and writes in one transaction; what follows a commit is the store's to tell.

Knows nothing of transports: whoever calls has an `Actor` and a request of the contract, or gets a `HubbubError`.
"""
