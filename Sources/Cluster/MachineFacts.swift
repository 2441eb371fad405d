import Foundation

/// What this host is.
public enum MachineFacts {
  /// The processor's name, as the kernel gives it.
  public static var cpu: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let names = text.split(separator: "\n").filter { $0.hasPrefix("model name") }
    return names.first?.split(separator: ":", maxSplits: 1).last
      .map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
  }

  /// Cores that this process may run on: the kernel's list, such as `0-3,8`.
  public static var allowedCores: Int {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    let list = line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? ""
    let counts = list.split(separator: ",").map { run -> Int in
      let ends = run.split(separator: "-").compactMap { Int($0) }
      return ends.isEmpty ? 0 : ends[ends.count - 1] - ends[0] + 1
    }
    return counts.isEmpty ? cores : counts.reduce(0, +)
  }

  /// Cores of the host.
  public static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Threads for one of `ranks` ranks on this host: its own cores if it is bound to some, otherwise
  /// its share of all.
  public static func threads(ranksOnHost ranks: Int) -> Int {
    let allowed = allowedCores
    return allowed < cores ? max(1, allowed) : max(1, cores / max(ranks, 1))
  }
}
