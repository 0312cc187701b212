"""Central: the other end of the contract. Knows of the gates what they say on MQTT, and no more.

    ingest -> totals, visits, mark -> occupancy -> capacity -> quotas
                                               -> view -> the manager's page

One process for one venue or many; `gate central` puts it together.
"""
