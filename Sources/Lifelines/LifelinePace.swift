/// How often ranks show that they live; all in seconds.
package struct LifelinePace {
  /// Between two pings of a rank: rank 0 hears at most about a thousand a second.
  package let interval: Double
  /// How long a rank may take itself for a part of the job after the last ping that rank 0 has answered.
  package let lease: Double
  /// After which the network gives up a connection whose other host does not answer: longer than the lease,
  /// so that who is given up knows it.
  package let networkTimeout: Double
  /// Without a ping, after which a rank is called silent.
  package let silence: Double

  package init(ranks: Int) {
    interval = max(1, Double(ranks) / 1024)
    lease = 3 * interval + 2
    networkTimeout = lease + 3
    silence = networkTimeout + 12
  }
}
