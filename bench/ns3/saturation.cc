// Stations with a backlog for one receiver, in ns-3.37.

#include "station.h"

#include "ns3/command-line.h"
#include "ns3/packet.h"
#include "ns3/propagation-delay-model.h"
#include "ns3/propagation-loss-model.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/wifi-mac.h"
#include "ns3/wifi-mpdu.h"

#include <iostream>

using namespace ns3;

namespace
{

/// A station that never runs out of frames.
struct Backlog
{
    Ptr<WifiNetDevice> device;
    Address receiver;
    uint32_t packetSize;
    uint64_t attempts = 0;
    uint64_t acknowledged = 0;
    uint64_t givenUp = 0;

    void Refill()
    {
        device->Send(Create<Packet>(packetSize), receiver, bench::PROTOCOL);
    }

    void OnAttempt(Ptr<const Packet>, double)
    {
        ++attempts;
    }

    void OnAcknowledged(Ptr<const WifiMpdu>)
    {
        ++acknowledged;
        Refill();
    }

    void OnGivenUp(WifiMacDropReason, Ptr<const WifiMpdu>)
    {
        ++givenUp;
        Refill();
    }
};

uint64_t g_received = 0;

bool
OnReception(Ptr<NetDevice>, Ptr<const Packet>, uint16_t, const Address&)
{
    ++g_received;
    return true;
}

} // namespace

int
main(int argc, char* argv[])
{
    uint32_t stations = 10;
    uint32_t payload = 200;
    double seconds = 60;
    uint32_t seed = 1;
    CommandLine arguments;
    arguments.AddValue("stations", "that send", stations);
    arguments.AddValue("payload", "octets of ESP-NOW payload", payload);
    arguments.AddValue("seconds", "to simulate", seconds);
    arguments.AddValue("seed", "of all random numbers, from 1", seed);
    arguments.Parse(argc, argv);
    RngSeedManager::SetRun(seed);
    // A frame waits for as long as its turn takes.
    Config::SetDefault("ns3::WifiMacQueue::MaxDelay", TimeValue(Seconds(1e6)));

    // Everybody is equally far from everybody: no delay, and a signal far above the noise.
    auto loss = CreateObject<FixedRssLossModel>();
    loss->SetRss(-50);
    auto channel = CreateObject<YansWifiChannel>();
    channel->SetPropagationLossModel(loss);
    channel->SetPropagationDelayModel(CreateObject<ConstantSpeedPropagationDelayModel>());
    const auto devices =
        bench::InstallBoards(std::vector<Vector>(stations + 1, Vector(0, 0, 0)), channel);
    const auto receiver = devices.back();
    receiver->SetReceiveCallback(MakeCallback(&OnReception));

    std::vector<Backlog> backlogs(stations);
    for (uint32_t i = 0; i < stations; ++i)
    {
        auto& station = backlogs[i];
        station.device = devices[i];
        station.receiver = receiver->GetAddress();
        station.packetSize = bench::PacketSize(payload);
        station.device->GetPhy()->TraceConnectWithoutContext(
            "PhyTxBegin",
            MakeCallback(&Backlog::OnAttempt, &station));
        const auto mac = station.device->GetMac();
        mac->TraceConnectWithoutContext("AckedMpdu",
                                        MakeCallback(&Backlog::OnAcknowledged, &station));
        mac->TraceConnectWithoutContext("DroppedMpdu",
                                        MakeCallback(&Backlog::OnGivenUp, &station));
        // One to send and one behind it, so that the queue is never empty.
        Simulator::ScheduleNow(&Backlog::Refill, &station);
        Simulator::ScheduleNow(&Backlog::Refill, &station);
    }

    const double wall = bench::RunFor(Seconds(seconds));

    uint64_t attempts = 0;
    uint64_t acknowledged = 0;
    uint64_t givenUp = 0;
    for (const auto& station : backlogs)
    {
        attempts += station.attempts;
        acknowledged += station.acknowledged;
        givenUp += station.givenUp;
    }
    const double failure = attempts == 0 ? 0 : 1 - static_cast<double>(acknowledged) / attempts;
    std::cout << "{\"stations\": " << stations << ", \"payload\": " << payload
              << ", \"seed\": " << seed << ", \"simulated_s\": " << seconds
              << ", \"attempts\": " << attempts << ", \"acknowledged\": " << acknowledged
              << ", \"given_up\": " << givenUp << ", \"received\": " << g_received
              << ", \"kbit_per_s\": " << g_received * payload * 8 / seconds / 1000
              << ", \"failure\": " << failure << ", \"wall_s\": " << wall
              << ", \"peak_mib\": " << bench::PeakMemoryMib() << "}\n";
    Simulator::Destroy();
    return 0;
}
