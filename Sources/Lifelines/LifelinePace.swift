/// How often ranks show that they live; all in seconds.
package struct LifelinePace {
  /// Between two pings of a rank: rank 0 hears at most about a thousand a second.
  package let interval: Double
  /// How long a rank may take itself for a part of the job after the last ping that rank 0 has answered.
  package let lease: Double
  /// After which the network gives up a connection whose other host does not answer. It is longer than the
  /// lease, so that who is given up knows it, and than most of the network's own troubles.
  package let networkTimeout: Double

  package init(ranks: Int) {
    interval = max(1, Double(ranks) / 1024)
    lease = 3 * interval + 2
    networkTimeout = lease + 25
  }

  /// Without a ping, after which rank 0 may give a rank up that is to be given up after `seconds`.
  func patience(_ seconds: Double) -> Double { max(seconds, lease + interval) }
}
