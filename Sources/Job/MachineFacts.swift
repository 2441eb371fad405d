import Foundation

/// What this host is.
public enum MachineFacts {
  /// The processor's name, as the kernel gives it.
  public static let cpu: String = {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let names = text.split(separator: "\n").filter { $0.hasPrefix("model name") }
    return names.first?.split(separator: ":", maxSplits: 1).last
      .map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
  }()

  /// Cores that this process may run on, by number; all of the host if the kernel does not say.
  public static var allowedCores: Set<Int> {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    let allowed = numbers(ofList: line?.split(separator: ":").last.map(String.init) ?? "")
    // An unbound process may be allowed cores that the host could have and has not.
    let online = (try? String(contentsOfFile: "/sys/devices/system/cpu/online", encoding: .utf8))
      .map(numbers)
    let usable = online.map(allowed.intersection) ?? allowed
    return usable.isEmpty ? Set(0..<cores) : usable
  }

  /// The kernel's lists of cores, such as `0-3,8`.
  package static func numbers(ofList list: String) -> Set<Int> {
    list.split(separator: ",").reduce(into: Set()) { numbers, run in
      let ends = run.split(separator: "-").compactMap {
        Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
      }
      guard let first = ends.first, let last = ends.last, first <= last else { return }
      numbers.formUnion(first...last)
    }
  }

  /// Cores whose time this process's control group may use, as a container's `--cpus` says; nil: there is no
  /// limit, or the kernel does not say.
  public static var coreTime: Double? {
    let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
    let own = groups.split(separator: "\n").first { $0.hasPrefix("0::") }?.dropFirst(3) ?? "/"
    // A group's limit holds for all below it.
    var parts = own.split(separator: "/")
    var limits: [Double] = []
    while true {
      let path = (["/sys/fs/cgroup"] + parts + ["cpu.max"]).joined(separator: "/")
      let text = try? String(contentsOfFile: path, encoding: .utf8)
      if let limit = text.flatMap(coreTime(ofLimit:)) { limits.append(limit) }
      if parts.isEmpty { return limits.min() }
      parts.removeLast()
    }
  }

  /// The kernel's limits, microseconds in each period: `200000 100000`, or `max 100000`.
  package static func coreTime(ofLimit text: String) -> Double? {
    let numbers = text.split(whereSeparator: \.isWhitespace).map { Double($0) }
    guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], period > 0 else {
      return nil
    }
    return quota / period
  }

  /// Cores of the host.
  public static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
