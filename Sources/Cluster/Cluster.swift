// Module Cluster.
