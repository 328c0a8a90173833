#include "amqp/broker_address.h"

#include <gtest/gtest.h>

#include <map>

namespace shoal {
namespace {

using Variables = std::map<std::string, std::string>;

Expected<BrokerAddress> read(std::string_view url, const Variables& variables = {}) {
  return read_broker_address(url, [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(BrokerAddress, EveryPartOfAUrlIsRead) {
  const auto address = read("amqp://me:secret@broker.lab:1234/team");
  ASSERT_TRUE(address) << address.error().sentence();
  EXPECT_EQ(address->host, "broker.lab");
  EXPECT_EQ(address->port, 1234);
  EXPECT_EQ(address->user, "me");
  EXPECT_EQ(address->password, "secret");
  EXPECT_EQ(address->vhost, "team");
  EXPECT_FALSE(address->tls);
}

TEST(BrokerAddress, WhatIsLeftOutHasDefaults) {
  const auto plain = read("amqp://broker");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->port, 5672);
  EXPECT_EQ(plain->vhost, "/");
  EXPECT_EQ(plain->user, "guest");
  EXPECT_EQ(plain->password, "guest");
  const auto tls = read("amqps://broker/");
  ASSERT_TRUE(tls);
  EXPECT_EQ(tls->port, 5671);
  EXPECT_TRUE(tls->tls);
  EXPECT_EQ(tls->vhost, "/");
}

TEST(BrokerAddress, PartsArePercentDecoded) {
  const auto address = read("amqp://m%40e:p%2Fa%3As%25s@h/%2Fteam%20a");
  ASSERT_TRUE(address) << address.error().sentence();
  EXPECT_EQ(address->user, "m@e");
  EXPECT_EQ(address->password, "p/a:s%s");
  EXPECT_EQ(address->vhost, "/team a");
}

TEST(BrokerAddress, APasswordMayContainAColonAndAnAt) {
  const auto address = read("amqp://me:a:b@c@host");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->password, "a:b@c");
  EXPECT_EQ(address->host, "host");
}

TEST(BrokerAddress, AnIpv6AddressStandsInBrackets) {
  const auto address = read("amqp://[::1]:99/v");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->host, "::1");
  EXPECT_EQ(address->port, 99);
  EXPECT_EQ(address->text(), "amqp://guest@[::1]:99/v");
  EXPECT_FALSE(read("amqp://::1/"));
  EXPECT_FALSE(read("amqp://[::1/"));
}

TEST(BrokerAddress, TheEnvironmentGivesWhatTheUrlLeavesOut) {
  const Variables all = {{"RABBITMQ_HOST", "other"},
                         {"RABBITMQ_PORT", "99"},
                         {"RABBITMQ_USER", "you"},
                         {"RABBITMQ_PASS", "hush"}};
  const auto from_environment = read("", all);
  ASSERT_TRUE(from_environment);
  EXPECT_EQ(from_environment->text(), "amqp://you@other:99/");
  EXPECT_EQ(from_environment->password, "hush");
  const auto mixed = read("amqps://me@host/v", all);
  ASSERT_TRUE(mixed);
  EXPECT_EQ(mixed->text(), "amqps://me@host:5671/v");
  EXPECT_EQ(mixed->password, "hush");
  const auto only_scheme = read("amqps:///v", all);
  ASSERT_TRUE(only_scheme);
  EXPECT_EQ(only_scheme->text(), "amqps://you@other:99/v");
}

TEST(BrokerAddress, ThePortThatKubernetesSetsForAServiceIsUnderstood) {
  const auto address =
      read("", {{"RABBITMQ_HOST", "rabbitmq"}, {"RABBITMQ_PORT", "tcp://10.0.0.7:5673"}});
  ASSERT_TRUE(address) << address.error().sentence();
  EXPECT_EQ(address->port, 5673);
}

TEST(BrokerAddress, TlsFilesAndTheMechanismComeAsQueryParameters) {
  const auto address =
      read("amqps://h?cacertfile=%2Fca.pem&certfile=me.pem&keyfile=me.key&auth_mechanism=external");
  ASSERT_TRUE(address) << address.error().sentence();
  EXPECT_EQ(address->tls_files.ca, "/ca.pem");
  EXPECT_EQ(address->tls_files.certificate, "me.pem");
  EXPECT_EQ(address->tls_files.key, "me.key");
  EXPECT_EQ(address->sasl, SaslMethod::external);
  EXPECT_EQ(address->user, "");
}

TEST(BrokerAddress, TheHeartbeatIsHalfAMinuteUnlessToldOtherwise) {
  const auto usual = read("amqp://me:secret@h");
  ASSERT_TRUE(usual);
  EXPECT_EQ(usual->heartbeat, std::chrono::seconds(30));
  const auto told = read("amqp://me:secret@h?heartbeat=3");
  ASSERT_TRUE(told) << told.error().sentence();
  EXPECT_EQ(told->heartbeat, std::chrono::seconds(3));
}

TEST(BrokerAddress, TheTextForPeopleNeverHoldsThePassword) {
  const auto address = read("amqps://m%40e:TopSecret@h:1/%2Fa");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->text(), "amqps://m%40e@h:1/%2Fa");
}

TEST(BrokerAddress, MistakesAreToldWithACureAndWithoutThePassword) {
  for (const char* url : {"TopSecret",
                          "http://me:TopSecret@h",
                          "amqp://me:TopSecret",
                          "amqp://me:Top/TopSecret@h",
                          "amqp://me:TopSecret%zz@h",
                          "amqp://me:TopSecret%4",
                          "amqp://me:TopSecret%00@h",
                          "amqp://me:TopSecret@h:70000",
                          "amqp://me:TopSecret@h:0",
                          "amqp://me:TopSecret@h:5x",
                          "amqp://me:TopSecret@h/a/b",
                          "amqp://me:TopSecret@h?verify=TopSecret",
                          "amqp://:TopSecret@h",
                          "amqp://me:@h",
                          "amqp://me@h",
                          "amqp://me:TopSecret@h?certfile=a",
                          "amqps://me:TopSecret@h?certfile=a",
                          "amqps://me:TopSecret@h?auth_mechanism=external",
                          "amqps://me:TopSecret@h?auth_mechanism=digest",
                          "amqp://me:TopSecret@h?heartbeat=0",
                          "amqp://me:TopSecret@h?heartbeat=70000",
                          "amqp://me:TopSecret@"}) {
    const auto address = read(url);
    ASSERT_FALSE(address) << url;
    EXPECT_EQ(address.error().kind, ErrorKind::input) << url;
    EXPECT_NE(address.error().cure, "") << url;
    EXPECT_EQ(address.error().sentence().find("Secret"), std::string::npos)
        << address.error().sentence();
  }
  EXPECT_EQ(read("").error().sentence(),
            "no broker is named. Give its address (amqp://user@host:port/vhost) or set "
            "RABBITMQ_HOST.");
  EXPECT_EQ(read("", {{"RABBITMQ_HOST", "h"}, {"RABBITMQ_PORT", "x"}}).error().place,
            "RABBITMQ_PORT");
}

}  // namespace
}  // namespace shoal
