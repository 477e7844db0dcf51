// Replays the messages of a planned step (gmlp-train plan --trace) with SimGrid, whose network model is not ours.
//
//   replay TRACE PLATFORM [SimGrid's options]
//
// The platform has hosts node-0, node-1 and so on. Each exchanges its buckets in their order, from the time at which
// they are ready, a few of them at once; and a bucket in rounds, in each of which it sends to one host and receives
// from one, a few rounds at once. A message leaves when its receiver has come to its round too. When all hosts have
// their gradients, they go on to the weights. Prints the time of the last byte.
#include <simgrid/s4u.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace sg4 = simgrid::s4u;

namespace {

struct Message {
  int from;
  int to;
  std::uint64_t bytes;
};

// One bucket of gradients or weights, as one host exchanges it.
struct Exchange {
  double ready = 0;
  // By round.
  std::map<int, Message> sent;
  std::map<int, Message> received;
};

struct Trace {
  int hosts = 0;
  // Then `exchanges` has what host 0 does, and host h does the same h places further.
  bool isSymmetric = false;
  int bucketsAtOnce = 0;
  int roundsAtOnce = 0;
  // By kind (gradients, weights), host and bucket.
  std::vector<std::map<int, Exchange>> exchanges[2];
};

// Where the value of a key begins in a line of JSON without nested objects.
const char* value(const std::string& line, const std::string& key) {
  const auto place = line.find("\"" + key + "\":");
  if (place == std::string::npos) throw std::runtime_error("no " + key + " in " + line);
  return line.c_str() + place + key.size() + 3;
}

int number(const std::string& line, const std::string& key) { return std::atoi(value(line, key)); }

bool begins(const char* text, const std::string& word) { return std::string(text, word.size()) == word; }

void add(Trace& trace, const std::string& line) {
  const Message message{number(line, "from"), number(line, "to"), std::strtoull(value(line, "bytes"), nullptr, 10)};
  const int kind = begins(value(line, "kind"), "\"weights\"");
  const int bucket = number(line, "bucket");
  const int round = number(line, "round");
  auto& exchanges = trace.exchanges[kind];
  Exchange& own = exchanges.at(message.from)[bucket];
  own.ready = std::atof(value(line, "ready_seconds"));
  own.sent[round] = message;
  if (trace.isSymmetric) {
    const int from = (2 * message.from - message.to + trace.hosts) % trace.hosts;
    own.received[round] = {from, message.from, message.bytes};
  } else {
    exchanges.at(message.to)[bucket].received[round] = message;
  }
}

Trace read(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  Trace trace;
  bool hasMessages = false;
  for (std::string line; std::getline(file, line);) {
    const char* event = value(line, "event");
    if (begins(event, "\"cluster\"")) {
      trace.hosts = number(line, "hosts");
      trace.isSymmetric = begins(value(line, "symmetric"), "true");
      for (auto& exchanges : trace.exchanges) exchanges.resize(trace.isSymmetric ? 1 : trace.hosts);
    } else if (begins(event, "\"message\"")) {
      add(trace, line);
      hasMessages = true;
    } else if (begins(event, "\"end\"")) {
      trace.bucketsAtOnce = number(line, "exchange_limit");
      const bool hasLimit = !begins(value(line, "rounds_at_once"), "null");
      trace.roundsAtOnce = hasLimit ? number(line, "rounds_at_once") : trace.hosts;
    }
  }
  if (trace.hosts < 2 || !hasMessages || trace.bucketsAtOnce == 0) throw std::runtime_error(path + ": is no whole trace");
  return trace;
}

sg4::Host* node(int number) { return sg4::Host::by_name("node-" + std::to_string(number)); }

// Where `to` waits for the message of `from`. A host has so many buckets under way that the number in front tells them
// apart.
sg4::Mailbox* mailbox(int place, int from, int to) {
  return sg4::Mailbox::by_name(std::to_string(place) + ":" + std::to_string(from) + ":" + std::to_string(to));
}

// All rounds of one bucket.
void exchange(const Trace& trace, const Exchange& bucket, int place, int shift) {
  static char nothing = 0;
  const auto shifted = [&](int host) { return (host + shift) % trace.hosts; };
  std::deque<std::vector<sg4::CommPtr>> rounds;
  std::deque<void*> contents;  // never moves its elements, which SimGrid writes to
  const auto endFirst = [&] {
    for (const auto& message : rounds.front()) message->wait();
    rounds.pop_front();
  };
  for (int round = 0; round < trace.hosts - 1; round++) {
    std::vector<sg4::CommPtr> messages;
    if (const auto found = bucket.sent.find(round); found != bucket.sent.end()) {
      const auto& [from, to, bytes] = found->second;
      messages.push_back(mailbox(place, shifted(from), shifted(to))->put_async(&nothing, bytes));
    }
    if (const auto found = bucket.received.find(round); found != bucket.received.end()) {
      const auto& [from, to, bytes] = found->second;
      contents.push_back(nullptr);
      messages.push_back(mailbox(place, shifted(from), shifted(to))->get_async<void>(&contents.back()));
    }
    if (messages.empty()) continue;
    rounds.push_back(messages);
    if (static_cast<int>(rounds.size()) == trace.roundsAtOnce) endFirst();
  }
  while (!rounds.empty()) endFirst();
}

// All buckets of one kind on one host, `begin` seconds after the start of the simulation or later.
void exchangeAll(const Trace& trace, int kind, int host, double begin) {
  const auto& buckets = trace.exchanges[kind].at(trace.isSymmetric ? 0 : host);
  const int shift = trace.isSymmetric ? host : 0;
  // In the order of the trace: weights come in the reverse order of their buckets.
  std::vector<const std::pair<const int, Exchange>*> order;
  for (const auto& entry : buckets) order.push_back(&entry);
  if (kind == 1) order = {order.rbegin(), order.rend()};
  std::deque<sg4::ActorPtr> underWay;
  for (const auto* entry : order) {
    if (static_cast<int>(underWay.size()) == trace.bucketsAtOnce) {
      underWay.front()->join();
      underWay.pop_front();
    }
    sg4::this_actor::sleep_until(begin + entry->second.ready);
    const int place = 2 * (entry->first % trace.bucketsAtOnce) + kind;
    underWay.push_back(sg4::Actor::create(
        "bucket", node(host), [&trace, entry, place, shift] { exchange(trace, entry->second, place, shift); }));
  }
  for (const auto& bucket : underWay) bucket->join();
}

}  // namespace

int main(int argc, char** argv) {
  sg4::Engine engine(&argc, argv);
  if (argc != 3) {
    std::fprintf(stderr, "usage: replay TRACE PLATFORM\n");
    return 64;
  }
  try {
    const Trace trace = read(argv[1]);
    engine.load_platform(argv[2]);
    const auto barrier = sg4::Barrier::create(trace.hosts);
    for (int host = 0; host < trace.hosts; host++) {
      sg4::Actor::create("host", node(host), [&trace, barrier, host] {
        exchangeAll(trace, 0, host, 0);
        barrier->wait();
        exchangeAll(trace, 1, host, sg4::Engine::get_clock());
      });
    }
    engine.run();
    std::printf("%.6f\n", sg4::Engine::get_clock());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "replay: %s\n", error.what());
    return 65;
  }
  return 0;
}
