import Testing

@testable import Comm

@Suite("Ranks of hosts")
struct HostRanksTests {
  static let hosts = [[1], [4], [1, 1], [2, 2], [8, 8, 8], [1, 3, 2], [4, 1, 1, 7]]

  @Test("Every rank is on one host, at one place", arguments: hosts)
  func places(counts: [Int]) {
    let hosts = HostRanks(counts: counts)
    #expect(hosts.count == counts.count)
    #expect(hosts.ranks == counts.reduce(0, +))
    #expect(hosts.ranges.flatMap(Array.init) == Array(0..<hosts.ranks))
    for rank in 0..<hosts.ranks {
      #expect(hosts.ranges[hosts.host(of: rank)].lowerBound + hosts.place(of: rank) == rank)
    }
  }

  @Test("For a test hosts are divided into smaller ones")
  func divided() {
    let divided = HostRanks(counts: [5, 2, 1]).divided(atMost: 2)
    #expect(divided == HostRanks(counts: [2, 2, 1, 2, 1]))
    #expect(HostRanks(counts: [3]).divided(atMost: 4) == HostRanks(counts: [3]))
  }

  @Test("A partner is on the host that is asked for, and the work is divided", arguments: hosts)
  func partners(counts: [Int]) {
    let hosts = HostRanks(counts: counts)
    for host in 0..<hosts.count {
      for other in hosts.others(than: host) {
        let partners = hosts.ranges[other].map { hosts.partner(of: $0, on: host) }
        #expect(partners.allSatisfy { hosts.ranges[host].contains($0) })
        #expect(Set(partners).count == min(counts[host], counts[other]))
      }
    }
  }

  @Test("In each round every host speaks to one and is spoken to by one", arguments: hosts)
  func rounds(counts: [Int]) {
    let hosts = HostRanks(counts: counts)
    let orders = (0..<hosts.count).map(hosts.others(than:))
    for host in orders.indices {
      #expect(Set(orders[host] + [host]) == Set(0..<hosts.count))
    }
    for round in 0..<hosts.count - 1 {
      #expect(Set(orders.map { $0[round] }) == Set(0..<hosts.count))
      for host in orders.indices {
        #expect(hosts.round(from: host, to: orders[host][round]) == round)
      }
    }
  }
}
