import java.security.KeyStore;
import java.time.Instant;
import java.time.ZoneId;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** What Java finds in a bundle: how many roots it trusts, and its local zone. */
class Consumer {
    public static void main(String[] arguments) throws Exception {
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        System.out.println("roots " + ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers().length);
        for (long moment = 1775318399; moment <= 1775318400; moment++) {
            System.out.println("local " + ZoneId.systemDefault().getRules().getOffset(Instant.ofEpochSecond(moment)));
        }
    }
}
