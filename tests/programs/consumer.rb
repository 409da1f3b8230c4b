# What Ruby's tzinfo finds in a bundle: one line for each moment, as `.ci/consumers` expects it, and the countries; then whether
# OpenSSL's default store trusts the certificate given.
require "openssl"
require "tzinfo"

begin
  [["zone", "Europe/Paris", 1774746000], ["alias", "US/Eastern", 1772953200]].each do |name, zone, change|
    [change - 1, change].each do |moment|
      puts "#{name} #{TZInfo::Timezone.get(zone).to_local(Time.at(moment)).strftime("%z %Z")}"
    end
  end
  puts "countries #{TZInfo::Country.all_codes.join(" ")}"
rescue TZInfo::DataSourceNotFound => error
  puts error.class
end
[1775318399, 1775318400].each { |moment| puts "local #{Time.at(moment).strftime("%z %Z")}" }

store = OpenSSL::X509::Store.new
store.set_default_paths
puts "trusted #{store.verify(OpenSSL::X509::Certificate.new(File.read("/leaf.pem")))}"
